import { IDBKeyRange as FDBKeyRange } from 'fake-indexeddb';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedIndexedDb } from './simulated-indexeddb.ts';
import { drawSequence, isOneContext } from './storage-sequence.ts';
import { type Storage, transcribe } from './storage-transcript.ts';
import { World } from './world.ts';

/** Over the factory of one context. */
export function transcribeAlone(
  seed: number,
  factory: IDBFactory,
  keyRange: Storage['keyRange'],
): Promise<readonly string[]> {
  const enter = (_: number, call: () => void) => call();
  const storage = { factoryOf: () => factory, enter, keyRange };
  return transcribe(drawSequence(seed), storage, `sequence ${seed}`);
}

const MOST_STEPS = 100_000;

/** The sequence of a seed over the storage of the simulation, without faults. The seed also decides the order of its steps. */
export async function transcribeSimulated(seed: number): Promise<readonly string[]> {
  const world = new World(seed);
  const simulated = new SimulatedIndexedDb(world);
  const contexts = new Map<number, SimulatedContext>();
  const contextOf = (connection: number) => {
    const place = isOneContext(seed) ? 0 : connection;
    const context = contexts.get(place) ?? new SimulatedContext(world, `tab ${place}`);
    contexts.set(place, context);
    return context;
  };
  const storage: Storage = {
    factoryOf: (connection) => simulated.forContext(contextOf(connection)),
    enter: (connection, call) => contextOf(connection).enter(call),
    keyRange: FDBKeyRange as unknown as typeof IDBKeyRange,
  };
  let isOver = false;
  const transcript = transcribe(drawSequence(seed), storage, 'origin').finally(() => {
    isOver = true;
  });
  if (!(await world.run(() => isOver, MOST_STEPS))) throw new Error(`seed ${seed} did not end`);
  return transcript;
}
