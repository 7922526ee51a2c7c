import { type CampaignResult, hasEnded, type Quantiles } from '../campaign-result.ts';
import { HISTORY_RULES, RULE_WORDS } from './history-rules.ts';

/**
 * Whether no promise was broken, the run came to its end, and the runner knows of every call. A blocked call is no broken
 * promise by itself: the machine may be slow.
 */
export function isSound(result: CampaignResult): boolean {
  const { breaks, reports } = result;
  const isComplete = (reports?.missing ?? 0) === 0;
  return isComplete && hasEnded(result) && HISTORY_RULES.every((rule) => breaks[rule] === 0);
}

/** The result as one table for people. */
export function tableOf(result: CampaignResult): string {
  const rows = rowsOf(result);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function rowsOf(result: CampaignResult): readonly (readonly [string, string | number])[] {
  const { seed, engine, engineVersion, durability, minutes, seconds, contexts, events } = result;
  const { faults, engineResets, breaks, redelivery, blocked, reports } = result;
  const { pages, workers, sharedWorkers } = contexts;
  return [
    ['seed', seed],
    ['engine', `${engine} ${engineVersion}, ${durability}`],
    ['minutes', `${minutes}, ${seconds} s with start and drain`],
    ['contexts', `${pages} pages, ${workers} workers, ${sharedWorkers} shared workers`],
    ['published', `${events.published}, refused ${events.refused}, unknown ${events.unknown}`],
    ['acknowledged', `${events.acknowledged}, ${events.drained} of them at the end`],
    ['delivered', `${events.delivered}, rejected ${events.rejected}`],
    ...Object.entries(faults).map(([kind, count]) => [`  ${kind}`, count] as const),
    ['deleted by the engine', `${engineResets} times`],
    ...HISTORY_RULES.map((rule) => [RULE_WORDS[rule], breaks[rule]] as const),
    ['not drained', undrainedText(result)],
    ['reports', `${reports?.missing ?? 0} missing, ${reports?.strayAnswers ?? 0} stray answers`],
    ['redelivered after a crash', textOf(redelivery.crash)],
    ['redelivered after a kill', textOf(redelivery.kill)],
    ['blocked over 1 s', `${blocked.contexts} contexts, longest call ${blocked.longestMs} ms`],
  ];
}

function undrainedText({ undrained, interrupted }: CampaignResult): string {
  if (interrupted !== undefined) return `not known, because the run ended early: ${interrupted}`;
  return undrained === 0
    ? '0'
    : `${undrained}, still stored, so not lost, but the run does not count`;
}

function textOf(quantiles: Quantiles | null): string {
  if (!quantiles) return 'none';
  const { count, p50, p99, max } = quantiles;
  return `p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms, of ${count}`;
}
