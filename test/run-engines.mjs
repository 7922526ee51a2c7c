// As `npm test`, in every engine: a variable set in package.json would not reach it on Windows.
process.env['ACKLINE_ENGINES'] ||= 'all';
await import('./run.mjs');
