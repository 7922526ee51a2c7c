/** For an object that is put together before anybody else sees it. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
