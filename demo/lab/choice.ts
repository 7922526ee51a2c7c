import { element } from '../dom.ts';

/** Radio buttons in one bar. `name` separates the group from other groups. */
export function choice<Value extends string>(
  name: string,
  label: string,
  options: Readonly<Record<Value, string>>,
  chosen: Value,
  choose: (value: Value) => void,
): HTMLElement {
  const labels = (Object.keys(options) as Value[]).map((value) => {
    const input = element('input', {
      type: 'radio',
      name,
      value,
      'data-testid': `${name}-${value}`,
    });
    input.checked = value === chosen;
    input.addEventListener('change', () => choose(value));
    return element('label', {}, input, element('span', {}, options[value]));
  });
  const bar = element('div', { class: 'segments' }, ...labels);
  return element('fieldset', {}, element('legend', {}, label), bar);
}
