import { Member } from './member.ts';
import { obeyPages } from './remote-member.ts';

/** A dedicated, shared or service worker. Its address has its name. */
const { name = 'worker', settings } = Object.fromEntries(new URL(self.location.href).searchParams);
obeyPages(new Member(name, settings && JSON.parse(settings)));
