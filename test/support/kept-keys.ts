import { Session } from 'node:inspector';

/**
 * For each map and set of this process, the number of its keys that begin with `prefix`. The largest number is first.
 * Maps and sets without such keys are left out. Garbage does not count.
 */
export function keptKeys(prefix: string): number[] {
  const session = new Session();
  session.connect();
  try {
    return ['Map', 'Set']
      .flatMap((name) => countKeys(session, name, prefix))
      .filter((count) => count > 0)
      .sort((one, next) => next - one);
  } finally {
    session.disconnect();
  }
}

function countKeys(session: Session, name: string, prefix: string): number[] {
  const { result: prototype } = post<{ result: { objectId: string } }>(
    session,
    'Runtime.evaluate',
    { expression: `${name}.prototype` },
  );
  const { objects } = post<{ objects: { objectId: string } }>(session, 'Runtime.queryObjects', {
    prototypeObjectId: prototype.objectId,
  });
  const { result, exceptionDetails } = post<Counted>(session, 'Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: `function (prefix) {
      const isOurs = (key) => typeof key === 'string' && key.startsWith(prefix);
      const isPrototype = (each) => Object.hasOwn(each, 'constructor');
      return this.map((each) => (isPrototype(each) ? 0 : [...each.keys()].filter(isOurs).length));
    }`,
    arguments: [{ value: prefix }],
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

interface Counted {
  readonly result: { readonly value: number[] };
  readonly exceptionDetails?: object;
}

/** For these methods `session.post` calls back before it returns. */
function post<Answer>(session: Session, method: string, parameters: object): Answer {
  let answer: object | undefined;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(error.message);
    answer = result;
  });
  return answer as Answer;
}
