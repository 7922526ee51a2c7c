const NAMES = [
  ...['Heron', 'Otter', 'Finch', 'Lynx', 'Badger', 'Raven', 'Newt', 'Falcon', 'Hare', 'Ibex'],
  ...['Kestrel', 'Lark', 'Marten', 'Mole', 'Owl', 'Plover', 'Beaver', 'Dormouse', 'Hedgehog'],
  ...['Robin', 'Salmon', 'Seal', 'Shrew', 'Stoat', 'Stork', 'Swift', 'Tern', 'Vole', 'Wren'],
];

const NAME_KEY = 'ackline-demo-tab-name';
const COUNT_KEY = 'ackline-demo-tab-count';

/** A name to distinguish tabs. It survives a reload, and is new in a new tab and in a copy of a tab. */
export function nameTab(): string {
  const [navigation] = performance.getEntriesByType('navigation');
  const isReload =
    navigation instanceof PerformanceNavigationTiming && navigation.type === 'reload';
  const name = (isReload && sessionStorage.getItem(NAME_KEY)) || nextName();
  sessionStorage.setItem(NAME_KEY, name);
  return name;
}

/** One after the other, not at random: two tabs side by side must not get the same name. */
function nextName(): string {
  const count = Number(localStorage.getItem(COUNT_KEY) ?? 0);
  localStorage.setItem(COUNT_KEY, String(count + 1));
  return NAMES[count % NAMES.length] ?? 'Tab';
}
