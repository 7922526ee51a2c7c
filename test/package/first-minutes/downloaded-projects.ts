import { ANGULAR } from './angular-project.ts';
import { JEST_WITH_BABEL } from './jest-project.ts';
import { NEXT } from './next-project.ts';
import type { Project } from './project.ts';
import { REACT } from './shop-apps.ts';
import { shopProject } from './shop-project.ts';

/** Fast Refresh replaces the component and keeps its state. */
const FAST_REFRESH = {
  ...REACT,
  packages: ['react@19', 'react-dom@19'],
  downloads: ['@vitejs/plugin-react@6', 'vite@8'],
  config: "import react from '@vitejs/plugin-react';\nexport default { plugins: [react()] };",
  replacesInPlace: true,
};

export const DOWNLOADED_PROJECTS: readonly Project[] = [
  shopProject('Vite, React with Fast Refresh', FAST_REFRESH),
  NEXT,
  ANGULAR,
  JEST_WITH_BABEL,
];
