import { shortUuid, unixSeconds } from './ids.js';

/** The body of /v1/models. */
export function modelList(model: string): object {
  const created = unixSeconds();
  const permission = {
    id: `modelperm-${shortUuid()}`,
    object: 'model_permission',
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: true,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  };
  return {
    object: 'list',
    data: [
      {
        id: model,
        object: 'model',
        created,
        owned_by: 'lmdeploy',
        root: model,
        parent: null,
        permission: [permission],
      },
    ],
  };
}
