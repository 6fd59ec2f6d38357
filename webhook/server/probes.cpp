#include "webhook/server/probes.hpp"

#include <algorithm>

#include "webhook/server/plain_text.hpp"

namespace webhook {

namespace {

using net_io::HttpResponse;

struct Outcome {
  bool ok = true;
  std::string list;
};

Outcome run(const std::vector<ReadyCheck>& checks) {
  Outcome outcome;
  for (const auto& check : checks) {
    const bool holds = check.holds();
    outcome.ok = outcome.ok && holds;
    outcome.list.append(holds ? "[+]" : "[-]")
        .append(check.name)
        .append(holds ? " ok\n" : " failed\n");
  }
  return outcome;
}

HttpResponse answer_all(const std::vector<ReadyCheck>& checks, std::string_view name,
                        bool verbose) {
  const auto outcome = run(checks);
  if (!outcome.ok) return plain_text(503, outcome.list + std::string(name) + " check failed\n");
  return plain_text(200, verbose ? outcome.list + std::string(name) + " check passed\n" : "ok");
}

}  // namespace

HttpResponse answer_probe(const net_io::HttpRequest& request,
                          const std::vector<ReadyCheck>& checks) {
  const std::string_view target = request.target;
  const auto path = target.substr(0, target.find('?'));
  const bool verbose = target.substr(path.size()).starts_with("?verbose");
  const std::vector<ReadyCheck> alive{{"ping", [] { return true; }}};
  for (const auto& [name, all] :
       {std::pair{std::string_view("healthz"), &alive}, {"readyz", &checks}}) {
    const auto prefix = "/" + std::string(name);
    if (path == prefix) return answer_all(*all, name, verbose);
    if (!path.starts_with(prefix + "/")) continue;
    const auto one = path.substr(prefix.size() + 1);
    const auto found = std::ranges::find(*all, one, &ReadyCheck::name);
    if (found == all->end()) break;
    return answer_all({*found}, one, verbose);
  }
  return plain_text(404, "404 page not found\n");
}

}  // namespace webhook
