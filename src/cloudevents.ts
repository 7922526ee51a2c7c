export type { CloudEvent } from './cloudevents/cloud-event.ts';
export { CloudEventError } from './cloudevents/cloud-event.ts';
export type {
  CloudEventOptions,
  CloudEventsOptions,
  CloudEventsParts,
} from './cloudevents/cloud-events.ts';
export { cloudEvents, cloudEventsBatch, toCloudEvent } from './cloudevents/cloud-events.ts';
export type { FromCloudEvent } from './cloudevents/read-cloud-events.ts';
export { fromCloudEvent } from './cloudevents/read-cloud-events.ts';
