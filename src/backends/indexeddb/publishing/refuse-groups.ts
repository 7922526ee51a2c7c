import { AcklineError } from '../../../core/reports/errors.ts';

/** Throws the error of a context without `groupsFeature` that comes upon a channel with groups. */
export function refuseGroups(channel: string): never {
  throw new AcklineError(
    'unsupported',
    `${channel} has groups, whose events a context copies only with groupsFeature in its features`,
    { channel },
  );
}
