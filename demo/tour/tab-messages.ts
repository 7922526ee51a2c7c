export const TAB_NAMES = ['A', 'B'] as const;
export type TabName = (typeof TAB_NAMES)[number];

export type TourSchema = { 'order.placed': { readonly number: number } };

/** What a tab in a frame reports to the page around it. */
export type TabReport =
  | { readonly kind: 'opened'; readonly tab: TabName }
  | {
      readonly kind: 'leased' | 'acknowledged' | 'failed';
      readonly tab: TabName;
      readonly eventId: string;
      readonly number: number;
      readonly attempts: number;
    };

/** What the page asks of a tab. */
export type TabOrder = { readonly kind: 'fail-next' };

export function isTabName(name: unknown): name is TabName {
  return TAB_NAMES.some((known) => known === name);
}
