import type { Fault, ServerReport } from './order.ts';

/** What the server shows, or null while it does not answer. */
export async function readReport(): Promise<ServerReport | null> {
  try {
    const answer = await fetch('./api/report');
    return answer.ok ? ((await answer.json()) as ServerReport) : null;
  } catch {
    return null;
  }
}

export async function setFault(fault: Fault): Promise<void> {
  await fetch('./api/fault', { method: 'PUT', body: fault });
}

/** The server has no order, and no fault. */
export async function resetServer(): Promise<void> {
  await fetch('./api/orders', { method: 'DELETE' });
}
