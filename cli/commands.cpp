#include "cli/commands.hpp"

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/doctor.hpp"
#include "cli/status.hpp"
#include "cli/text.hpp"
#include "json/parse.hpp"

namespace cli {
namespace {

namespace kinds = kube::kinds;
using kube::Task;

constexpr const char* kRotate = "admission.portcullis.dev/rotate";

Task<base::Result<std::vector<kube::Object>>> selected(kube::Api& api, Flags flags) {
  if (!flags.name.empty()) {
    kube::ObjectRef ref{kinds::kAdmissionDeployment, flags.namespace_name, flags.name};
    auto found = co_await kube::get(api, std::move(ref));
    CO_TRY(auto object, std::move(found));
    co_return std::vector{std::move(object)};
  }
  kube::List request{.resource = kinds::kAdmissionDeployment,
                     .namespace_name = flags.all_namespaces ? "" : flags.namespace_name};
  auto listed = co_await kube::list_all(api, std::move(request));
  CO_TRY(auto page, std::move(listed));
  co_return std::move(page.items);
}

json::Value as_json(const std::vector<kube::Object>& resources) {
  json::Array list;
  for (const auto& resource : resources)
    list.push_back(json::Value::object({{"namespace", resource.namespace_name()},
                                        {"name", resource.name()},
                                        {"status", resource.at("status")}}));
  return list;
}

Task<base::Result<int>> show_status(Surroundings with, Flags flags) {
  auto listed = co_await selected(with.api, flags);
  CO_TRY(const auto resources, std::move(listed));
  if (flags.output == "json") {
    with.out << json::to_pretty_string(as_json(resources)) << "\n";
    co_return 0;
  }
  if (resources.empty()) with.progress << "no AdmissionDeployment found; -A looks everywhere\n";
  for (const auto& resource : resources) with.out << describe(resource, with.clock.now());
  co_return 0;
}

std::int64_t generation_of(const kube::Object& resource) {
  return resource.at("status").at("credentials").at("generation").int_or(0);
}

/// True once another generation is delivered.
Task<base::Result<bool>> wait_for_another(Surroundings with, kube::ObjectRef ref,
                                          std::int64_t before, int seconds) {
  for (int waited = 0; waited < seconds; ++waited) {
    if (!co_await net_io::sleep_for(std::chrono::seconds(1))) co_return false;
    auto found = co_await kube::get(with.api, ref);
    CO_TRY(const auto resource, std::move(found));
    if (generation_of(resource) != before) {
      const auto ends = time_at(resource.at("status").at("credentials").at("notAfter"));
      with.out << key_of(resource) << ": generation " << generation_of(resource) << " is delivered"
               << (ends ? ", it ends " + when(*ends, with.clock.now()) : "") << "\n";
      co_return true;
    }
    if (waited % 10 == 9)
      with.progress
          << "waiting: "
          << printable(
                 condition(resource, "CredentialsReady").at("message").string_or("no status yet"))
          << "\n";
  }
  co_return false;
}

Task<base::Result<int>> rotate(Surroundings with, Flags flags) {
  kube::ObjectRef ref{kinds::kAdmissionDeployment, flags.namespace_name, flags.name};
  auto found = co_await kube::get(with.api, ref);
  CO_TRY(const auto resource, std::move(found));
  const auto type = resource.at("spec").at("credentials").at("type").string_or("");
  if (type != "ServiceAccountToken")
    co_return base::fail(base::invalid(key_of(resource) + ": credentials.type " +
                                       std::string(type) +
                                       " has no credential that the operator could renew"));
  kube::Patch request{.ref = ref, .field_manager = "kubectl-portcullis"};
  request.body["metadata"]["annotations"][kRotate] =
      "credentials:" + base::to_rfc3339_micro(with.clock.now());
  auto patched = co_await kube::patch(with.api, std::move(request));
  CO_TRY_VOID(std::move(patched));
  if (flags.timeout_seconds == 0) co_return 0;
  auto waited =
      co_await wait_for_another(with, ref, generation_of(resource), flags.timeout_seconds);
  CO_TRY(const bool is_delivered, std::move(waited));
  if (!is_delivered)
    with.progress << "not delivered within " << flags.timeout_seconds
                  << " s: kubectl portcullis doctor says what hinders it\n";
  co_return is_delivered ? 0 : 1;
}

Task<base::Result<int>> examine(Surroundings with, Flags flags) {
  auto listed = co_await selected(with.api, flags);
  CO_TRY(auto resources, std::move(listed));
  kube::ObjectRef ref{kinds::kLease, flags.operator_namespace, "portcullis-operator"};
  auto found = co_await kube::find(with.api, std::move(ref));
  CO_TRY(auto lease, std::move(found));
  const auto number = resources.size();
  const auto all = findings({.resources = std::move(resources),
                             .operator_namespace = flags.operator_namespace,
                             .lease = std::move(lease),
                             .skew = with.skew(),
                             .now = with.clock.now()});
  for (const auto& finding : all)
    with.out << printable(finding.what) << "\n  -> " << printable(finding.remedy) << "\n";
  if (all.empty())
    with.out << "nothing is wrong; AdmissionDeployments looked at: " << number << "\n";
  co_return all.empty() ? 0 : 1;
}

}  // namespace

Task<base::Result<int>> perform(Surroundings with, Flags flags) {
  switch (flags.command) {
    case Command::rotate:
      return rotate(std::move(with), std::move(flags));
    case Command::doctor:
      return examine(std::move(with), std::move(flags));
    default:
      return show_status(std::move(with), std::move(flags));
  }
}

}  // namespace cli
