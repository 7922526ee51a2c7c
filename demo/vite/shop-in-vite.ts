import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Lets `npm run demo` answer for the shop's server, from the same process as the pages. */
export function shopInVite(): Plugin {
  return {
    name: 'ackline-shop-server',
    configureServer(vite) {
      let opened: Promise<Handler> | undefined;
      // Vite resolves the imports of `ackline`, which the configuration itself cannot.
      const open = async (): Promise<Handler> => {
        const { openShopServer } = await vite.ssrLoadModule('/shop/server/shop-server.ts');
        const { toNodeHandler } = await vite.ssrLoadModule('ackline/ingress');
        return toNodeHandler(openShopServer().fetch) as Handler;
      };
      vite.middlewares.use('/shop/api', (request, response, next) => {
        opened ??= open();
        opened.then((handle) => handle(request, response), next);
      });
    },
  };
}
