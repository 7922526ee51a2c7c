/** For an object that one function builds up before it passes it on. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
