import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, TestProject } from 'vitest/node';
import { makeProfile, removeProfile } from './profile.ts';
import { startWebKitGtk, type WebKitGtkProcess } from './webkitgtk-process.ts';

declare module 'vitest/browser' {
  interface BrowserCommands {
    __vitest_viewport(): Promise<void>;
  }
}

/** Shows Vitest's page in WebKitGTK. Tests there have only what a page has. */
class WebKitGtkProvider implements BrowserProvider {
  readonly name = 'webkitgtk';
  readonly supportsParallelism = false;
  readonly #profile = makeProfile();
  #running: WebKitGtkProcess | undefined;

  constructor(project: TestProject) {
    // Vitest sizes the frame itself and needs only a window.
    project.browser?.registerCommand('__vitest_viewport', async () => undefined);
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    await this.#running?.kill();
    this.#running = await startWebKitGtk({ profile: this.#profile, url });
  }

  async close(): Promise<void> {
    await this.#running?.kill();
    this.#running = undefined;
    removeProfile(this.#profile);
  }
}

export const webKitGtk = () =>
  defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    options: {},
    providerFactory: (project) => new WebKitGtkProvider(project),
  });
