#include "webhook/replay/check.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "json/parse.hpp"
#include "kube/config/yaml.hpp"
#include "webhook/replay/offline.hpp"

namespace replay {

namespace {

namespace fs = std::filesystem;

/// An object and the file it stands in.
struct Manifest {
  std::string file;
  json::Value object;
};
using Manifests = std::vector<Manifest>;

struct Judged {
  Manifest manifest;
  Opinion opinion;
};

std::vector<std::string> files_at(const std::string& path) {
  constexpr std::array<std::string_view, 3> kEndings{".yaml", ".yml", ".json"};
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(path, failed)) {
    const bool fits =
        std::ranges::find(kEndings, entry.path().extension().string()) != kEndings.end();
    if (fits && entry.is_regular_file(failed)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

base::Result<std::vector<json::Value>> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(base::invalid(file + ": cannot be read"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto read = kube::read_manifests(text);
  if (!read) return base::fail(base::explain(file, std::move(read.error())));
  return read;
}

/// The items of a list come one by one.
void add(const std::string& file, json::Value object, Manifests& to) {
  const auto kind = object.at("kind").string_or("");
  if (!kind.ends_with("List") || object.at("items").as_array() == nullptr)
    return to.push_back({.file = file, .object = std::move(object)});
  for (const auto& item : object.at("items").items()) add(file, item, to);
}

base::Result<Manifests> read_all(const std::vector<std::string>& paths) {
  Manifests all;
  for (const auto& path : paths) {
    for (const auto& file : files_at(path)) {
      TRY(auto objects, read_file(file));
      for (auto& object : objects) add(file, std::move(object), all);
    }
  }
  return all;
}

base::Result<KnownWorld> know(const CheckOptions& options, const Manifests& manifests) {
  KnownWorld world{.known = {}, .cluster = {}, .has_cluster = !options.cluster.empty()};
  if (!options.cloud.empty()) {
    TRY(const auto answers, read_file(options.cloud));
    if (answers.size() == 1) world.known.document = answers.front();
  }
  TRY(auto objects, read_all(options.cluster));
  for (auto& one : objects) world.cluster.push_back(std::move(one.object));
  auto readable = world.cluster;  // the first of equal names is found
  for (const auto& one : manifests) readable.push_back(one.object);
  world.known.document["clusterObjects"] = std::move(readable);
  return world;
}

std::string name_of(const json::Value& object) {
  const auto& metadata = object.at("metadata");
  std::string name(object.at("kind").string_or("no kind"));
  name += ' ';
  if (const auto space = metadata.at("namespace").string_or(""); !space.empty())
    name.append(space).append("/");
  return name.append(metadata.at("name").string_or(""));
}

std::string_view word_for(const Opinion& opinion) {
  if (opinion.path.empty()) return "not judged";
  if (!opinion.verdict) return "not known";
  return opinion.verdict->allowed ? "allowed" : "denied";
}

bool is_denied(const Judged& one) { return one.opinion.verdict && !one.opinion.verdict->allowed; }

void write_text(const std::vector<Judged>& all, std::ostream& report) {
  std::array<int, 3> counts{};
  for (const auto& [manifest, opinion] : all) {
    const auto word = word_for(opinion);
    ++counts[word == "allowed" ? 0 : word == "denied" ? 1 : 2];
    report << manifest.file << ": " << name_of(manifest.object) << ": " << word;
    if (opinion.verdict && !opinion.verdict->allowed)
      report << " by " << opinion.path << ": " << opinion.verdict->message;
    if (!opinion.patch.empty()) report << ", changed in " << opinion.patch.size() << " places";
    report << '\n';
    for (const auto& what : opinion.not_checked) report << "  not checked: " << what << '\n';
  }
  report << counts[0] << " allowed, " << counts[1] << " denied, " << counts[2] << " not judged\n";
}

json::Value to_json(const Judged& one) {
  const auto& [manifest, opinion] = one;
  const auto& metadata = manifest.object.at("metadata");
  json::Object line{{"file", manifest.file},
                    {"kind", manifest.object.at("kind")},
                    {"namespace", metadata.at("namespace")},
                    {"name", metadata.at("name")},
                    {"result", word_for(opinion)}};
  if (!opinion.path.empty()) {
    line.set("operation", opinion.is_update ? "UPDATE" : "CREATE");
    line.set("path", opinion.path);
  }
  if (opinion.verdict) {
    line.set("code", opinion.verdict->code);
    line.set("message", opinion.verdict->message);
  }
  line.set("patch", opinion.patch);
  json::Array open;
  for (const auto& what : opinion.not_checked) open.emplace_back(what);
  line.set("notChecked", std::move(open));
  return line;
}

void write_json(const std::vector<Judged>& all, std::ostream& report) {
  json::Array results;
  for (const auto& one : all) results.push_back(to_json(one));
  report << json::to_pretty_string(json::Value::object({{"results", std::move(results)}})) << '\n';
}

base::Result<std::vector<Judged>> judge_all(const CheckOptions& options) {
  TRY(const auto manifests, read_all(options.manifests));
  TRY(const auto world, know(options, manifests));
  std::vector<Judged> all;
  for (const auto& manifest : manifests) {
    auto opinion = admit(manifest.object, world);
    if (!opinion) return base::fail(base::explain(manifest.file, std::move(opinion.error())));
    all.push_back({.manifest = manifest, .opinion = *std::move(opinion)});
  }
  return all;
}

}  // namespace

int check_command(const CheckOptions& options, std::ostream& report) {
  const auto all = judge_all(options);
  if (!all) {
    report << "error: " << all.error().what << '\n';
    return 2;
  }
  if (options.output == "json")
    write_json(*all, report);
  else
    write_text(*all, report);
  return std::ranges::any_of(*all, is_denied) ? 1 : 0;
}

}  // namespace replay
