#include "webhook/alicloud/mutator/workers.hpp"

#include <algorithm>
#include <set>

#include "webhook/alicloud/api/field_errors.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kWorkers = "/spec/provider/workers";

bool has_image(const Worker& worker) {
  return worker.machine.image && worker.machine.image->version;
}

using ImageKey = std::pair<std::string_view, std::string_view>;
using ImageKeys = std::set<ImageKey>;

ImageKey key_of(const Worker& worker) {
  return {worker.machine.image->name, *worker.machine.image->version};
}

/// Of volumes: encrypted, not encrypted, or not said.
using Flags = std::vector<std::optional<bool>>;

Flags flags_of(const std::vector<Worker>& workers) {
  Flags flags;
  flags.reserve(workers.size());
  for (const auto& worker : workers)
    flags.push_back(worker.volume ? worker.volume->encrypted : std::nullopt);
  return flags;
}

ImageKeys encrypted_images(const std::vector<Worker>& workers, const Flags& flags) {
  ImageKeys keys;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (flags[i].value_or(false) && has_image(workers[i])) keys.insert(key_of(workers[i]));
  }
  return keys;
}

/// Writes the operations down.
class Writer {
 public:
  using Nodes = std::vector<json::DomNode>;
  Writer(const ShootView& shoot, const Nodes& nodes, Patch& patch)
      : shoot_(shoot),
        nodes_(nodes),
        patch_(patch),
        workers_(shoot.typed.spec.provider.workers),
        flags_(flags_of(workers_)) {}

  void keep_flags(std::size_t index, const Worker& before) {
    const auto& worker = workers_[index];
    if (worker.volume && !worker.volume->encrypted && before.volume && before.volume->encrypted) {
      set_volume(index, *before.volume->encrypted);
    }
    set_data_volumes(index, before.data_volumes);
  }

  void set_defaults(std::size_t index, bool is_customised) {
    set_data_volumes(index, {});
    if (is_customised) set_volume(index, true);
  }

  void deploy_infrastructure_for_new_images(const ShootView& old) {
    const auto& old_workers = old.typed.spec.provider.workers;
    const auto now = encrypted_images(workers_, flags_);
    const auto before = encrypted_images(old_workers, flags_of(old_workers));
    if (!std::ranges::includes(before, now)) add_task("deployInfrastructure");
  }

 private:
  void set_volume(std::size_t index, bool value) {
    flags_[index] = value;
    patch_.add({kWorkers, "/", Digits(index), "/volume/encrypted"}, value);
  }

  void set_data_volumes(std::size_t index, const std::vector<DataVolume>& before) {
    const auto& volumes = workers_[index].data_volumes;
    const ByName<DataVolume> known(before);
    Flags flags;
    flags.reserve(volumes.size());
    std::vector<std::size_t> changed;
    for (const auto& volume : volumes) {
      const auto* from = volume.encrypted ? &volume : known.find(volume.name);
      flags.push_back(from != nullptr ? from->encrypted : std::optional(true));
      if (flags.back() != volume.encrypted) changed.push_back(flags.size() - 1);
    }
    write_data_volumes(index, flags, changed);
  }

  /// One operation for each flag, or the whole list anew where that is shorter.
  void write_data_volumes(std::size_t index, const Flags& flags,
                          const std::vector<std::size_t>& changed) {
    constexpr std::size_t kOperation = 85;  // bytes
    if (changed.size() > 1) {
      const auto list = with_flags(index, flags);
      if (!list.empty() && list.size() < (changed.size() - 1) * kOperation)
        return patch_.replace({kWorkers, "/", Digits(index), "/dataVolumes"}, list);
    }
    for (const auto number : changed) {
      patch_.add({kWorkers, "/", Digits(index), "/dataVolumes/", Digits(number), "/encrypted"},
                 *flags[number]);
    }
  }

  /// The list as it stands, members unknown to us included, with all flags that are set. Empty:
  /// there is something strange in it.
  std::string with_flags(std::size_t index, const Flags& flags) const {
    if (nodes_.size() != workers_.size()) return {};  // members that came twice
    const auto list = nodes_[index].at("dataVolumes");
    if (list.size() != flags.size()) return {};
    constexpr std::size_t kUsual = 96;  // bytes of a volume
    std::string out = "[";
    out.reserve(flags.size() * kUsual);
    bool is_fine = true;
    list.each_item([&](std::size_t i, json::DomNode volume) {
      is_fine = is_fine && volume.is_object();
      out += i > 0 ? ",{" : "{";
      volume.each_member([&](std::string_view name, json::DomNode value) {
        if (name == "encrypted") return;
        append_key(out, volume, name);
        append_compact(out += ':', value);
        out += ',';
      });
      if (flags[i]) out += *flags[i] ? R"("encrypted":true)" : R"("encrypted":false)";
      if (out.ends_with(',')) out.pop_back();
      out += '}';
    });
    return is_fine ? out += ']' : std::string();
  }

  void add_task(std::string_view task) {
    constexpr std::string_view kTasks = "shoot.gardener.cloud/tasks";
    const auto metadata = shoot_.object.at("metadata");
    if (!metadata.is_object()) return;  // not from an API server, and nowhere to write to
    const auto annotations = metadata.at("annotations");
    const auto tasks = annotations.at(kTasks);
    std::string list(tasks.string().value_or(""));
    if (contains(list, task)) return;
    if (!list.empty()) list += ',';
    list += task;
    if (annotations.is_null()) {
      return patch_.change("/metadata/annotations", {},
                           json::Value::object({{std::string(kTasks), std::move(list)}}));
    }
    patch_.change(below("/metadata/annotations", kTasks), tasks, std::move(list));
  }

  static bool contains(std::string_view list, std::string_view wanted) {
    for (std::size_t at = 0; at <= list.size();) {
      const auto end = std::min(list.find(',', at), list.size());
      if (list.substr(at, end - at) == wanted) return true;
      at = end + 1;
    }
    return false;
  }

  const ShootView& shoot_;
  const Nodes& nodes_;
  Patch& patch_;
  const std::vector<Worker>& workers_;
  Flags flags_;  ///< of the workers' volumes, as they will be
};

}  // namespace

WorkersMutation::WorkersMutation(const ShootView& shoot, const std::optional<ShootView>& old)
    : shoot_(shoot),
      old_(old),
      before_(old ? old->typed.spec.provider.workers : none_),
      lookup_(shoot.typed) {
  const auto& workers = shoot.typed.spec.provider.workers;
  nodes_.reserve(workers.size());
  const auto list = shoot.object.at("spec").at("provider").at("workers");
  list.each_item([this](std::size_t, json::DomNode node) { nodes_.push_back(node); });
  entries_.reserve(workers.size());
  for (const auto& worker : workers) entries_.push_back(entry_of(worker));
}

ImageLookup::Entry* WorkersMutation::entry_of(const Worker& worker) {
  if (!worker.volume || worker.volume->encrypted || !has_image(worker)) return nullptr;
  return before_.find(worker.name) == nullptr ? &lookup_.entry_of(worker) : nullptr;
}

/// Of all workers, so that all questions are asked at once; the first finding that is not fine.
Finding WorkersMutation::look_up_images(Facts& facts) {
  lookup_.begin_round();
  auto finding = Finding::fine();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (is_null(i)) {  // what is wrong with those before it comes first
      const auto path = child("spec.provider.workers", i);
      return finding.is_fine() ? Finding::complaint(required(path, "")) : finding;
    }
    if (entries_[i] == nullptr) continue;
    const auto& answer = lookup_.is_customised(*entries_[i], facts);
    if (!finding.is_fine() || (answer && *answer)) continue;
    finding = answer ? Finding::complaint(answer->error().what) : Finding::unknown();
  }
  return finding;
}

void WorkersMutation::write(Patch& patch) const {
  Writer writer(shoot_, nodes_, patch);
  const auto& workers = shoot_.typed.spec.provider.workers;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (const auto* known = before_.find(workers[i].name)) {
      writer.keep_flags(i, *known);
    } else {
      writer.set_defaults(i, entries_[i] != nullptr && **entries_[i]->is_customised);
    }
  }
  if (old_) writer.deploy_infrastructure_for_new_images(*old_);
}

}  // namespace alicloud
