#include "webhook/alicloud/validator/vswitches.hpp"

#include "webhook/alicloud/api/field_errors.hpp"
#include "webhook/alicloud/reads/reads.hpp"
#include "webhook/alicloud/validator/cidr.hpp"
#include "webhook/alicloud/validator/infrastructure.hpp"

namespace alicloud {

namespace {

base::Result<CloudCredentials> credentials_in(const Secret& secret) {
  std::string name("secret ");
  name.append(secret.metadata.namespace_name).append("/").append(secret.metadata.name);
  const auto has_no = [&](const char* what) {
    return base::fail(base::invalid(name + " has no " + what));
  };
  if (secret.data.empty()) return has_no("data section");
  const auto id = secret.data.find("accessKeyID");
  if (id == secret.data.end()) return has_no("access key id");
  const auto key = secret.data.find("accessKeySecret");
  if (key == secret.data.end()) return has_no("access key secret");
  return CloudCredentials{.key_id = std::string(id->second.reveal()),
                          .key_secret = std::make_shared<const base::Secret>(key->second.copy())};
}

Known<CloudCredentials> find_credentials(const Shoot& shoot, Facts& facts) {
  const auto secret =
      read_secret_of(facts, shoot, BindingSource::live,
                     "shoot has neither secretBindingName nor credentialsBindingName");
  if (!secret) return std::nullopt;
  if (!*secret) return base::fail(secret->error());
  return credentials_in((*secret)->object);
}

void check_zone(const Zone& zone, const std::string& path, const std::vector<VSwitch>& existing,
                std::string_view vpc, Errors& errors) {
  const auto text = zone.workers.empty() ? zone.worker : zone.workers;
  const auto cidr = Cidr::parse(text);
  if (!cidr) return;
  for (const auto& one : existing) {
    const auto taken = Cidr::parse(one.cidr);
    if (!taken || !taken->overlaps(*cidr)) continue;
    std::string detail =
        "conflicts with existing vswitch " + one.id + " (" + one.cidr + ") in VPC ";
    errors.add(invalid_value(path, quoted(text), detail.append(vpc)));
  }
}

Finding failed(std::string_view what) {
  return Finding::complaint(internal_error(kInfrastructurePath, what));
}

}  // namespace

Finding check_vswitches(const Shoot& shoot, const InfrastructureConfig& config,
                        std::size_t old_zones, Facts& facts) {
  const auto& zones = config.networks.zones;
  const auto& vpc = config.networks.vpc.id;
  if (!vpc || zones.size() <= old_zones) return Finding::fine();
  auto credentials = find_credentials(shoot, facts);
  if (!credentials) return Finding::unknown();
  if (!*credentials)
    return failed("could not get Alicloud credentials: " + credentials->error().what);
  const VSwitchQuestion question{.credentials = **std::move(credentials),
                                 .region = std::string(shoot.spec.region),
                                 .vpc_id = std::string(*vpc)};
  const auto* existing = facts.ask(question);
  if (existing == nullptr) return Finding::unknown();
  if (!*existing) return failed(existing->error().what);
  Errors errors;
  for (std::size_t i = old_zones; i < zones.size(); ++i) {
    const auto path = child(child(kInfrastructurePath, "networks.zones"), i) + ".workers";
    check_zone(zones[i], path, **existing, *vpc, errors);
  }
  return Finding::from(errors.text());
}

}  // namespace alicloud
