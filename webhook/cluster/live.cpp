#include "webhook/cluster/live.hpp"

#include "json/parse.hpp"
#include "webhook/cluster/kinds.hpp"

namespace cluster {

using Answer = alicloud::ObjectQuestion::Answer;

base::Result<Answer> to_answer(json::Value document) {
  if (auto* metadata = document["metadata"].as_object()) metadata->erase("managedFields");
  TRY(auto dom, json::Dom::parse(json::to_string(document)));
  return std::make_shared<const json::Dom>(std::move(dom));
}

namespace {

/// What the API server said, without what we tried; where it said nothing, both.
base::Error in_its_words(base::Error error) {
  if (error.code != 0 && error.cause) error.what = error.cause->what;
  return error;
}

}  // namespace

kube::Task<base::Result<Answer>> read_live(kube::Api& api, alicloud::ObjectQuestion question) {
  if (question.name.empty()) co_return base::fail(base::invalid("resource name may not be empty"));
  kube::ObjectRef ref{resource_of(question.kind), question.namespace_name, question.name};
  if (!ref.resource.namespaced) ref.namespace_name.clear();
  auto object = co_await kube::get(api, std::move(ref));
  if (!object && object.error().is(base::Error::Kind::not_found))
    co_return base::fail(alicloud::not_found(question));
  if (!object) co_return base::fail(in_its_words(std::move(object).error()));
  co_return to_answer(std::move(object->document()));
}

}  // namespace cluster
