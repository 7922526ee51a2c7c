import type { CampaignEngine } from '../campaign-result.ts';
import type { ChaosBrowser } from './chaos-browser.ts';
import { launchChaosChromium } from './chaos-chromium.ts';
import { launchChaosFirefox } from './chaos-firefox.ts';

/** Starts a browser on a profile, with the data that earlier browsers left there. */
export function launchChaosBrowser(engine: CampaignEngine, profile: string): Promise<ChaosBrowser> {
  return engine === 'chromium' ? launchChaosChromium(profile) : launchChaosFirefox(profile);
}
