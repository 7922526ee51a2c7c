import { findBusiest } from './busy-process.ts';
import { RemoteTab } from './remote-tab.ts';
import { type Engine, type EngineOptions, Tab, type TabDriver } from './tab.ts';
import { startWebKitGtk, type WebKitGtkProcess } from './webkitgtk-process.ts';

/** The first tab opens the others, so it must be closed last. */
export function launchWebKitGtk(
  profile: string,
  { isPrivate = false }: EngineOptions = {},
): Engine {
  const remotes: RemoteTab[] = [];
  let running: WebKitGtkProcess | undefined;
  const end = async () => {
    await running?.kill();
    for (const remote of remotes) remote.dispose();
  };
  const show = async (url: string) => {
    const [opener] = remotes;
    if (opener === undefined) running = await startWebKitGtk({ profile, url, isPrivate });
    // A page without an opener gets its own process, like a tab that a visitor opens.
    else await opener.run(`void open(${JSON.stringify(url)}, '_blank', 'noopener')`);
  };
  return {
    name: 'webkitgtk',
    crashFault: process.platform === 'linux' ? null : 'finds the process of a tab in /proc',
    openTab: async (url) => {
      const remote = new RemoteTab();
      await show(await remote.addressFor(url));
      remotes.push(remote);
      await remote.connected;
      return new Tab(driverOf(remote, running?.groupId ?? 0));
    },
    kill: end,
    close: end,
  };
}

/** The process name in Linux, cut to 15 characters. */
const PAGE_PROCESS = 'WebKitWebProces';

/** Long enough to distinguish the process of the page from idle ones. */
const SPIN = 'void ((end) => { while (performance.now() < end); })(performance.now() + 1_000)';

function driverOf(remote: RemoteTab, groupId: number): TabDriver {
  return {
    run: (expression) => remote.run(expression),
    close: async () => {
      // A closing page sends no answer.
      remote.run('close()').catch(() => undefined);
      await remote.gone;
    },
    crash: async () => {
      const pid = await findBusiest(groupId, PAGE_PROCESS, () => remote.run(SPIN));
      process.kill(pid, 'SIGKILL');
      await remote.gone;
    },
  };
}
