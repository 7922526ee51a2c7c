import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findWebKitGtk, HOW_TO_GET_WEBKITGTK } from './find-webkitgtk.mjs';

/** A separate WebKitGTK on its own display, started with one page. */
export interface WebKitGtkProcess {
  /** The process group of the browser, without the display. */
  readonly groupId: number;
  /** Ends all of its processes at once by SIGKILL. */
  kill(): Promise<void>;
}

export interface WebKitGtkOptions {
  /** The folder with all its data. */
  readonly profile: string;
  readonly url: string;
  /** Whether it stores nothing on disk. */
  readonly isPrivate?: boolean;
}

/**
 * MiniBrowser without WebKitWebDriver. Under the driver all data is in memory, where IndexedDB has another implementation
 * than on disk.
 */
export async function startWebKitGtk({
  profile,
  url,
  isPrivate = false,
}: WebKitGtkOptions): Promise<WebKitGtkProcess> {
  const found = findWebKitGtk();
  if (found === undefined) throw new Error(HOW_TO_GET_WEBKITGTK);
  const xvfb = startGroup(found.xvfb, ['-displayfd', '1', '-nolisten', 'tcp'], process.env);
  const display = await displayOf(xvfb.child);
  const minibrowser = startGroup(
    found.minibrowser,
    ['--javascript-can-open-windows-automatically=true', ...(isPrivate ? ['--private'] : []), url],
    {
      ...process.env,
      DISPLAY: `:${display}`,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      XDG_DATA_HOME: `${profile}/data`,
      XDG_CACHE_HOME: `${profile}/cache`,
      XDG_CONFIG_HOME: `${profile}/config`,
      XDG_RUNTIME_DIR: profile,
    },
  );
  return {
    groupId: minibrowser.id,
    kill: async () => {
      await minibrowser.kill();
      await xvfb.kill();
    },
  };
}

interface ProcessGroup {
  readonly id: number;
  readonly child: ChildProcess;
  kill(): Promise<void>;
}

/** Runs a command until its standard input ends, which also happens when its parent process is killed. */
const WHILE_WE_LIVE = '"$@" & exec >/dev/null; cat; kill -9 0';

/** A separate process group, so that a kill ends its children too. WebKit writes in one of them. */
function startGroup(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ProcessGroup {
  const child = spawn('sh', ['-c', WHILE_WE_LIVE, 'sh', command, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    env,
  });
  // The output is read, because a full pipe would stop the process.
  child.stdout.resume();
  const ended = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started: there is no sh`);
  return {
    id: pid,
    child,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
      await ended;
    },
  };
}

async function displayOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('Xvfb has no output for its display number');
  const printed = await Promise.race([once(stdout, 'data'), once(stdout, 'end')]);
  if (printed.length === 0) throw new Error('Xvfb ended before it printed its display number');
  return String(printed[0]).trim();
}
