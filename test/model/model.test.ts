// Covers test/model/*.ts
import { MODELLED } from './modelled-backends.ts';
import { testModel } from './test-model.ts';

for (const { name, tested, bounds } of MODELLED) testModel(name, tested, bounds);
