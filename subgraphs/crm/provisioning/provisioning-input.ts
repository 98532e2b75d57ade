import { IsIn } from 'class-validator';
import { Optional } from '../../../shared/input/rules';
import { RunOfTenantRules } from '../../../shared/provisioning/run-input';
import type { TemplatePackKey } from '../graphql.generated';
import { PACK_KEYS } from '../template-packs/template-packs';

export class SetUpInCrmRules extends RunOfTenantRules {
  @Optional()
  @IsIn(PACK_KEYS)
  templatePack?: TemplatePackKey | null;
}
