// Like `npm test`, in every engine. A variable set in package.json would not work on Windows.
process.env['ACKLINE_ENGINES'] ||= 'all';
await import('./run.mjs');
