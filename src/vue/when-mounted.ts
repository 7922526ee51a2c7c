import { getCurrentInstance, getCurrentScope, onMounted } from 'vue';

/**
 * Runs `start` in the present effect scope: when the component is mounted, which never happens on a server, or at once outside of
 * a component. What it watches ends with the scope. Throws a `TypeError` without a scope, because nothing would end it.
 */
export function whenMounted(composable: string, start: () => void): void {
  const scope = getCurrentScope();
  if (!scope)
    throw new TypeError(
      `${composable} must be called in setup(), before its first await, or in an effectScope: nothing would stop it here`,
    );
  if (!getCurrentInstance()) return start();
  onMounted(() => {
    if (scope.active) scope.run(start);
  });
}
