#pragma once

#include "kube/api.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace cluster {

/// What rules read: managedFields taken out, the rest parsed for reading in place.
base::Result<alicloud::ObjectQuestion::Answer> to_answer(json::Value document);

/// One GET, now. Errors as the user shall read them; none quotes the object. `api` must live until
/// the answer.
kube::Task<base::Result<alicloud::ObjectQuestion::Answer>> read_live(
    kube::Api& api, alicloud::ObjectQuestion question);

}  // namespace cluster
