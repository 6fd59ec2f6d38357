#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "conformance/catalogue.hpp"
#include "conformance/step.hpp"
#include "kube/testing/in_memory_api.hpp"

namespace conformance {

/// Whether a list may show objects that are not of the scenario's making: kinds without a
/// namespace, and Events, which the server writes itself too.
bool is_shared(const kube::Resource& resource);

/// One scenario: a reproducible sequence of requests within its own namespaces and names. What it
/// asks for depends on the seed, and on what the API in memory holds and answered.
class Generator {
 public:
  Generator(const std::vector<KindSource>& catalogue, const kube::testing::InMemoryApi& view,
            std::string name, std::uint64_t seed);
  /// The namespaces of the scenario; one of them is being deleted.
  std::vector<Step> set_up() const;
  Step next();
  /// What the API in memory answered.
  void learn(const json::Value& answer, const kube::Resource& resource);

 private:
  std::variant<kube::Request, kube::Watch> make(Category category);
  /// What a step is counted as: a delete is one with a wrong UID only where there is another.
  Category counted_as(const Step& step) const;
  kube::Request make_create();
  kube::Request make_apply();
  kube::Request make_stale_update();
  kube::Request make_update();
  kube::Request make_patch();
  kube::Request make_wrong_delete();
  kube::Request make_delete();
  kube::Request make_list();
  kube::Request make_get();
  kube::Request make_subresource();
  kube::Request make_status(const KindSource& kind, const std::string& subresource);
  kube::Request make_scale(const KindSource& kind);
  kube::Request make_token();
  kube::Request make_review();
  kube::Watch make_watch();

  /// A kind whose objects may come and go.
  const KindSource& any_kind();
  /// Any kind, for requests that change no more than metadata.
  const KindSource& any_known_kind();
  const KindSource& kind_named(std::string_view name) const;
  std::string any_space();
  std::string any_name(const KindSource& kind);
  std::string any_manager();
  bool chance(double share) { return random_.unit() < share; }
  /// An object that there is, or one that there may not be.
  kube::ObjectRef any_ref(const KindSource& kind);
  std::optional<kube::Object> existing(const KindSource& kind);
  kube::Object blank(const KindSource& kind, const std::string& space,
                     const std::string& name) const;
  void add_parts(json::Value& document, const std::vector<Part>& parts, double share);
  void add_wrong(json::Value& document, const KindSource& kind);
  void mark(json::Value& document, const KindSource& kind) const;
  json::Value merge_body(const std::vector<Part>& parts, const std::vector<Part>& wrong);
  json::Value json_body(const std::vector<Part>& parts, const std::vector<Part>& wrong);
  std::string selector(const KindSource& kind);

  const std::vector<KindSource>& catalogue_;
  const kube::testing::InMemoryApi& view_;
  std::string name_;
  base::Random random_;
  std::vector<Category> deck_;
  std::map<kube::ObjectRef, std::vector<kube::Object>> past_;
  std::map<kube::Resource, std::vector<std::string>> list_versions_;
  std::optional<kube::List> unfinished_;  ///< a list whose next page is still to be asked for
  kube::List last_list_;
};

}  // namespace conformance
