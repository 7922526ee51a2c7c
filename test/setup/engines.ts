import type { EngineName } from './engine-names.mjs';
import { launchPlaywright } from './playwright-engine.ts';
import { makeProfile, removeProfile } from './profile.ts';
import type { Engine, EngineOptions } from './tab.ts';
import { launchWebKitGtk } from './webkitgtk-engine.ts';

/** A browser with an existing profile has the data of the earlier browser. */
export async function launchOnProfile(
  name: EngineName,
  profile: string,
  options?: EngineOptions,
): Promise<Engine> {
  return name === 'webkitgtk'
    ? launchWebKitGtk(profile, options)
    : launchPlaywright(name, profile, options);
}

/** A browser with a new profile, which is deleted when it is closed. */
export async function launchEngine(name: EngineName, options?: EngineOptions): Promise<Engine> {
  const profile = makeProfile();
  const engine = await launchOnProfile(name, profile, options);
  return {
    ...engine,
    close: async () => {
      await engine.close();
      removeProfile(profile);
    },
  };
}
