import { afterEach, expect, test } from 'vitest';
import { QuestionDialog } from '../../src/inspector/question-dialog.ts';

const QUESTION = { title: 'Purge?', text: 'One event.', action: 'Purge', isFinal: true };

const dialogs: QuestionDialog[] = [];

function openDialog(): QuestionDialog {
  const dialog = new QuestionDialog();
  document.body.append(dialog.element);
  dialogs.push(dialog);
  return dialog;
}

afterEach(() => {
  for (const { element } of dialogs.splice(0)) element.remove();
});

function click({ element }: QuestionDialog, label: string): void {
  const found = [...element.querySelectorAll('button')].find(
    ({ textContent }) => textContent === label,
  );
  found?.click();
}

test('each button answers its question', async () => {
  const dialog = openDialog();
  for (const [label, answer] of [
    ['Go back', false],
    ['Purge', true],
  ] as const) {
    const asked = dialog.ask(QUESTION);
    click(dialog, label);
    expect([await asked, dialog.element.open]).toEqual([answer, false]);
  }
});

test('the late close event of a question does not answer the next one', async () => {
  const dialog = openDialog();
  const closed = new Promise((resolve) =>
    dialog.element.addEventListener('close', resolve, { once: true }),
  );
  const first = dialog.ask(QUESTION);
  dialog.element.close();
  const second = dialog.ask(QUESTION);
  await closed;
  click(dialog, 'Purge');
  expect([await first, await second]).toEqual([false, true]);
});
