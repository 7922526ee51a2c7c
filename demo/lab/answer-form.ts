import { element } from '../dom.ts';
import { type Answer, SLOW_MS } from './answerer.ts';
import { choice } from './choice.ts';

const ANSWERS: Readonly<Record<Answer, string>> = {
  acknowledge: 'acknowledge',
  slow: 'be slow',
  refuse: 'refuse',
  hang: 'hang',
};

/** The effect of each answer, in one line under the choice. */
const EXPLANATIONS: Readonly<Record<Answer, string>> = {
  acknowledge: 'Returns at once: acknowledged.',
  slow: `Returns after ${SLOW_MS / 1_000} s: acknowledged, unless that is too late.`,
  refuse: 'Throws a RejectError: rejected, with its reason.',
  hang: 'Answers only when you choose again here.',
};

/** How this tab answers events that are published to all tabs. */
export function answerForm(choose: (answer: Answer) => void): HTMLElement {
  const explanation = element('p', { class: 'quiet explanation' }, EXPLANATIONS.acknowledge);
  const bar = choice('answer', 'This tab will', ANSWERS, 'acknowledge', (answer) => {
    explanation.textContent = EXPLANATIONS[answer];
    choose(answer);
  });
  return element('div', { class: 'handler-form' }, bar, explanation);
}
