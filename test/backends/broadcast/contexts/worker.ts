import { Member } from './member.ts';
import { obeyPages } from './remote-member.ts';

/** Dedicated, shared or service worker: who it is stands in its address. */
const { name = 'worker', settings } = Object.fromEntries(new URL(self.location.href).searchParams);
obeyPages(new Member(name, settings && JSON.parse(settings)));
