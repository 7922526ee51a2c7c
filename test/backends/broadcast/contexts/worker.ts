import { Member } from './member.ts';
import { acceptCalls } from './remote-member.ts';

/** A dedicated, shared or service worker with a member. Its URL has the name of the member. */
const { name = 'worker', settings } = Object.fromEntries(new URL(self.location.href).searchParams);
acceptCalls(new Member(name, settings && JSON.parse(settings)));
