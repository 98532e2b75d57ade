import type { Context } from '../context';
import type { MutationInstallTemplatePackArgs } from '../graphql.generated';
import { installTemplatePack } from './install-template-pack';
import type { TemplatePackInstallation } from './template-pack-installation';

export const templatePackResolvers = {
  Mutation: {
    installTemplatePack: (
      _root: unknown,
      { tenantId, pack }: MutationInstallTemplatePackArgs,
      context: Context,
    ) => installTemplatePack(context, tenantId, pack),
  },
  TemplatePackInstallation: {
    async segments({ tenantId, pack }: TemplatePackInstallation, _args: unknown, { segments }: Context) {
      const own = await segments.listOfTenant(tenantId);
      return own.filter((segment) => segment.packKey === pack);
    },
    async journeys({ tenantId, pack }: TemplatePackInstallation, _args: unknown, { journeys }: Context) {
      const own = await journeys.listOfTenant(tenantId);
      return own.filter((journey) => journey.packKey === pack);
    },
  },
};
