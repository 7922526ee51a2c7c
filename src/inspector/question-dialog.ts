import { button, element } from './dom.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** The label of the button that agrees. */
  readonly action: string;
  /** Whether the action deletes something. */
  readonly isFinal: boolean;
}

/** Asks before an action. The platform keeps the focus inside, closes it on Escape, and returns the focus. */
export class QuestionDialog {
  readonly element: HTMLDialogElement = element('dialog', {
    role: 'alertdialog',
    'aria-labelledby': 'question-title',
    'aria-describedby': 'question-text',
  });
  #answer: (isAgreed: boolean) => void = () => undefined;

  constructor() {
    this.element.addEventListener('close', () => {
      // The event comes late: the dialog may be open again with the next question.
      if (!this.element.open) this.#answer(false);
    });
  }

  ask({ title, text, action, isFinal }: Question): Promise<boolean> {
    this.#answer(false);
    if (this.element.open) this.element.close();
    const back = button('Go back', () => this.element.close());
    const agree = () => {
      this.#answer(true);
      this.element.close();
    };
    // The focus begins where Enter changes nothing.
    back.autofocus = true;
    this.element.replaceChildren(
      element('h2', { id: 'question-title' }, title),
      element('p', { id: 'question-text' }, text),
      element(
        'div',
        { class: 'actions' },
        back,
        button(action, agree, isFinal ? 'final' : 'primary'),
      ),
    );
    this.element.showModal();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  end(): void {
    this.#answer(false);
    this.element.close();
  }
}
