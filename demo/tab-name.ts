const NAMES = [
  ...['Badger', 'Beaver', 'Dormouse', 'Falcon', 'Finch', 'Hare', 'Hedgehog', 'Heron', 'Ibex'],
  ...['Kestrel', 'Lark', 'Lynx', 'Marten', 'Mole', 'Newt', 'Otter', 'Owl', 'Plover', 'Raven'],
  ...['Robin', 'Salmon', 'Seal', 'Shrew', 'Stoat', 'Stork', 'Swift', 'Tern', 'Vole', 'Wren'],
];

const KEY = 'ackline-demo-tab-name';

/** A name to tell tabs apart by: kept over a reload, new in a new tab and in a copy of a tab. */
export function nameTab(): string {
  const [navigation] = performance.getEntriesByType('navigation');
  const isReload =
    navigation instanceof PerformanceNavigationTiming && navigation.type === 'reload';
  const known = isReload ? sessionStorage.getItem(KEY) : null;
  const name = known ?? NAMES[Math.floor(Math.random() * NAMES.length)] ?? 'Tab';
  sessionStorage.setItem(KEY, name);
  return name;
}
