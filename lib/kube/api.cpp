#include "kube/api.hpp"

#include <utility>

namespace kube {
namespace {

constexpr int kPageSize = 500;

base::Result<Object> to_object(const Resource& resource, base::Result<json::Value> answer) {
  if (!answer) return base::fail(std::move(answer).error());
  if (answer->at("metadata").as_object() == nullptr)
    return base::fail(base::transient("the server's answer is no " + resource.kind));
  return Object::received(resource, *std::move(answer));
}

base::Result<Page> to_page(const Resource& resource, base::Result<json::Value> answer) {
  if (!answer) return base::fail(std::move(answer).error());
  auto* items = (*answer)["items"].as_array();
  // Go writes an empty list without `make` as null.
  if (items == nullptr && !answer->at("items").is_null())
    return base::fail(base::transient("the server's answer is no list of " + resource.name()));
  const auto& metadata = answer->at("metadata");
  Page page{.items = {},
            .continue_token = std::string(metadata.at("continue").string_or("")),
            .resource_version = std::string(metadata.at("resourceVersion").string_or(""))};
  if (items == nullptr) return page;
  page.items.reserve(items->size());
  for (auto& item : *items) page.items.push_back(Object::received(resource, std::move(item)));
  return page;
}

Task<base::Result<Object>> call_for_object(Api& api, Request request) {
  const auto resource = subject(request).resource;
  auto answer = co_await api.call(std::move(request));
  co_return to_object(resource, std::move(answer));
}

}  // namespace

Task<base::Result<Object>> get(Api& api, ObjectRef ref) {
  return call_for_object(api, Get{.ref = std::move(ref)});
}

Task<base::Result<std::optional<Object>>> find(Api& api, ObjectRef ref) {
  auto found = co_await get(api, std::move(ref));
  if (found) co_return std::optional(*std::move(found));
  if (found.error().is(base::Error::Kind::not_found)) co_return std::nullopt;
  co_return base::fail(std::move(found).error());
}

Task<base::Result<Page>> list(Api& api, List request) {
  const auto resource = request.resource;
  Request call = std::move(request);
  auto answer = co_await api.call(std::move(call));
  co_return to_page(resource, std::move(answer));
}

Task<base::Result<Page>> list_all(Api& api, List request) {
  if (request.limit == 0) request.limit = kPageSize;
  Page all;
  bool restarted = false;
  while (true) {
    List next = request;
    next.continue_token = all.continue_token;
    auto page = co_await list(api, std::move(next));
    const bool expired = !page && !restarted && !all.continue_token.empty() &&
                         page.error().is(base::Error::Kind::gone);
    if (expired) {
      restarted = true;
      all = Page{};
      continue;
    }
    if (!page) co_return base::fail(std::move(page).error());
    all.items.insert(all.items.end(), std::make_move_iterator(page->items.begin()),
                     std::make_move_iterator(page->items.end()));
    all.continue_token = std::move(page->continue_token);
    all.resource_version = std::move(page->resource_version);
    if (all.continue_token.empty()) co_return all;
  }
}

Task<base::Result<Object>> create(Api& api, Create request) {
  return call_for_object(api, std::move(request));
}

Task<base::Result<Object>> update(Api& api, Update request) {
  return call_for_object(api, std::move(request));
}

Task<base::Result<Object>> apply(Api& api, Apply request) {
  return call_for_object(api, std::move(request));
}

Task<base::Result<Object>> patch(Api& api, Patch request) {
  return call_for_object(api, std::move(request));
}

Task<base::Result<>> remove(Api& api, Delete request) {
  Request call = std::move(request);
  auto answer = co_await api.call(std::move(call));
  if (!answer && !answer.error().is(base::Error::Kind::not_found))
    co_return base::fail(std::move(answer).error());
  co_return base::Result<>{};
}

}  // namespace kube
