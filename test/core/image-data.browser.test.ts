// Covers src/core/admission.ts
import { expect, test } from 'vitest';
import { estimateBytes } from '../../src/core/admission.ts';
import { EventChannel, memoryBackend } from '../../src/index.ts';

/** Node has no ImageData. */

const WIDTH = 100;
const HEIGHT = 50;
const PIXEL_BYTES = WIDTH * HEIGHT * 4;

test('estimateBytes: the pixels of an ImageData count once, also within another value', () => {
  const image = new ImageData(WIDTH, HEIGHT);
  for (const value of [image, { photo: image }, [image, { again: image }]]) {
    const bytes = estimateBytes(value, Number.POSITIVE_INFINITY);
    expect(bytes).toBeGreaterThanOrEqual(PIXEL_BYTES);
    expect(bytes).toBeLessThan(PIXEL_BYTES + 200);
  }
});

test('publish: an ImageData larger than maxEventBytes is refused, and a smaller one is published', async () => {
  const events = new EventChannel({ backend: memoryBackend() });
  const image = new ImageData(WIDTH, HEIGHT);
  const publish = (maxEventBytes: number) =>
    events.publish('photos', { image }, null, { maxEventBytes });
  await expect(publish(PIXEL_BYTES - 1)).rejects.toMatchObject({ code: 'too-large' });
  await publish(PIXEL_BYTES + 200);
  const delivery = await events.dequeue('photos');
  const { image: copy } = (delivery?.payload ?? {}) as { image: ImageData };
  expect([copy.width, copy.height, copy.data.length]).toEqual([WIDTH, HEIGHT, PIXEL_BYTES]);
  await events.shutdown();
});
