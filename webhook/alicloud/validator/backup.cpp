#include "webhook/alicloud/validator/backup.hpp"

#include "webhook/alicloud/api/config.hpp"
#include "webhook/alicloud/api/field_errors.hpp"

namespace alicloud {

namespace {

/// As Go prints the structure.
std::string to_go_string(const ObjectReference& ref) {
  std::string text("&ObjectReference{Kind:");
  text.append(ref.kind)
      .append(",Namespace:")
      .append(ref.namespace_name)
      .append(",Name:")
      .append(ref.name);
  text.append(",UID:").append(ref.uid).append(",APIVersion:").append(ref.api_version);
  text.append(",ResourceVersion:")
      .append(ref.resource_version)
      .append(",FieldPath:")
      .append(ref.field_path);
  return text.append(",}");
}

/// One backup at one place, seeds and buckets alike.
class Check {
 public:
  Check(std::string path, Errors& errors) : path_(std::move(path)), errors_(errors) {}

  void credentials(const std::optional<ObjectReference>& ref) {
    const auto path = path_ + ".credentialsRef";
    if (!ref) return errors_.add(required(path, "must be set"));
    if (ref->api_version == "v1" && ref->kind == "Secret") return;
    errors_.add(unsupported(path, to_go_string(*ref), {"/v1, Kind=Secret"}));
  }

  /// nullopt: it cannot be decoded, and that was said.
  std::optional<BackupBucketConfig> read(const Raw& raw, Mode mode, std::string_view which) {
    if (!raw.given()) return BackupBucketConfig{};
    auto config = read_config<BackupBucketConfig>(raw, mode, TypeFrom::data);
    if (config) return *std::move(config);
    std::string detail("failed to decode ");
    detail.append(which).append("provider config: ").append(config.error().what);
    errors_.add(invalid_value(path_ + ".providerConfig", quoted(compact(raw)), detail));
    return std::nullopt;
  }

  void state(const BackupBucketConfig& config) {
    if (!config.immutability) return;
    const auto& rule = *config.immutability;
    if (rule.retention_type != "bucket") {
      errors_.add(
          invalid_value(at("retentionType"), quoted(rule.retention_type), "must be 'bucket'"));
    }
    if (rule.retention_period < 1) {
      errors_.add(invalid_value(at("retentionPeriod"), std::to_string(rule.retention_period),
                                "can only be set in days, hence it can't be less than 1 day"));
    }
  }

  void change(const BackupBucketConfig& config, const BackupBucketConfig& old) {
    if (!config.immutability || !old.immutability) return;
    const auto& now = *config.immutability;
    const auto& before = *old.immutability;
    if (before.locked && !now.locked) {
      errors_.add(forbidden(
          at("locked"), "immutable retention policy lock cannot be unlocked once it is locked"));
    }
    if (now.retention_period < before.retention_period) {
      errors_.add(forbidden(at("retentionPeriod"),
                            "reducing the retention period from " +
                                std::to_string(before.retention_period) + " to " +
                                std::to_string(now.retention_period) + " days is prohibited"));
    }
  }

 private:
  std::string at(std::string_view member) const {
    return child(path_ + ".providerConfig.immutability", member);
  }

  std::string path_;
  Errors& errors_;
};

std::optional<std::string> validate_new(const Seed& seed) {
  Errors errors;
  if (!seed.spec.backup) return std::nullopt;
  Check check("spec.backup", errors);
  check.credentials(seed.spec.backup->credentials_ref);
  if (const auto config = check.read(seed.spec.backup->provider_config, Mode::strict, ""))
    check.state(*config);
  return errors.text();
}

}  // namespace

std::optional<std::string> validate(const Seed& seed, const std::optional<Seed>& old) {
  if (!old) return validate_new(seed);
  Errors errors;
  Check check("spec.backup", errors);
  BackupBucketConfig now;
  if (seed.spec.backup) {
    check.credentials(seed.spec.backup->credentials_ref);
    auto config = check.read(seed.spec.backup->provider_config, Mode::strict, "new ");
    if (!config) return errors.text();
    now = *std::move(config);
    check.state(now);
  }
  if (!old->spec.backup) return errors.text();
  if (const auto before = check.read(old->spec.backup->provider_config, Mode::lenient, "old "))
    check.change(now, *before);
  return errors.text();
}

std::optional<std::string> validate(const BackupBucket& bucket,
                                    const std::optional<BackupBucket>& old) {
  Errors errors;
  Check check("spec", errors);
  const auto config = check.read(bucket.spec.provider_config, Mode::strict, old ? "new " : "");
  if (!config) return errors.text();
  check.state(*config);
  check.credentials(bucket.spec.credentials_ref);
  if (!old) return errors.text();
  const auto before = check.read(old->spec.provider_config, Mode::lenient, "old ");
  if (before) check.change(*config, *before);
  return errors.text();
}

}  // namespace alicloud
