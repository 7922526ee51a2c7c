/** `backend` with some properties changed. Its methods are called on the backend itself, because they may use private fields. */
export function decoratedBackend(
  backend: object,
  changed: Readonly<Record<PropertyKey, unknown>>,
): object {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(Object.create(Object.getPrototypeOf(backend)) as object, {
    has: (_target, name) => name in backend,
    get(_target, name) {
      if (Object.hasOwn(changed, name)) return changed[name];
      const value: unknown = Reflect.get(backend, name, backend);
      if (typeof value !== 'function') return value;
      if (!bound.has(name)) bound.set(name, value.bind(backend));
      return bound.get(name);
    },
  });
}
