import { registerHooks } from 'node:module';
import { entrySources } from './entry-sources.mjs';

// The package name would resolve to dist, which may be older than the source.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = entrySources.get(specifier);
    if (source === undefined) return nextResolve(specifier, context);
    return { url: new URL(`../../${source}`, import.meta.url).href, shortCircuit: true };
  },
});
