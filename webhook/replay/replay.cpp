#include "webhook/replay/replay.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "json/parse.hpp"
#include "webhook/replay/differences.hpp"

namespace replay {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> cases_below(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(path, failed)) {
    if (entry.is_regular_file(failed) && entry.path().extension() == ".json")
      found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

base::Result<Case> load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(base::invalid("cannot be read"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parse_case(text, file);
}

std::string answer_line(const Case& one, const Outcome& outcome) {
  json::Object line{{"name", one.name}, {"status", outcome.http.status}};
  if (!outcome.review.is_null()) line.set("review", outcome.review);
  if (outcome.patched) line.set("patchedObject", *outcome.patched);
  return json::to_string(std::move(line));
}

/// nullopt: passed.
std::optional<std::string> play(const Case& one, std::ostream* answers) {
  const auto outcome = run(one);
  if (!outcome) return "  " + outcome.error().what + "\n";
  if (answers != nullptr) *answers << answer_line(one, *outcome) << '\n';
  return difference(with_intended_differences(one, expectation(one)), *outcome);
}

}  // namespace

Tally replay_all(const std::vector<std::string>& files, std::ostream& report,
                 std::ostream* answers) {
  Tally tally;
  for (const auto& given : files) {
    for (const auto& file : cases_below(given)) {
      const auto one = load(file);
      const auto failure =
          one ? play(*one, answers) : std::optional("  " + one.error().what + "\n");
      ++(failure ? tally.failed : tally.passed);
      if (failure) report << (one ? one->name : file) << '\n' << *failure;
    }
  }
  return tally;
}

int replay_command(const Options& options, std::ostream& report) {
  std::ofstream answers;
  if (!options.answers_file.empty()) {
    answers.open(options.answers_file, std::ios::binary | std::ios::trunc);
    if (!answers) {
      report << options.answers_file << ": cannot be written\n";
      return 1;
    }
  }
  const auto tally = replay_all(options.files, report, answers.is_open() ? &answers : nullptr);
  report << tally.passed << " passed, " << tally.failed << " failed\n";
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

}  // namespace replay
