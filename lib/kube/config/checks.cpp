#include "kube/config/checks.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/base64.hpp"

namespace kube {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

bool is_visible(char letter) { return letter > ' ' && letter < 0x7f; }

bool is_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, port);
  return failed == std::errc() && stop == end && port > 0 && port < 65536;
}

bool is_host_name(std::string_view host) {
  const auto fits = [](char letter) {
    return is_alphanumeric(letter) || letter == '-' || letter == '.' || letter == '_';
  };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, fits) &&
         host.front() != '.' && host.front() != '-';
}

bool is_bracketed_ipv6(std::string_view host) {
  const auto fits = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
           (letter >= 'A' && letter <= 'F') || letter == ':' || letter == '.';
  };
  return host.size() > 4 && host.starts_with('[') && host.ends_with(']') &&
         std::ranges::count(host, ':') > 1 &&
         std::ranges::all_of(host.substr(1, host.size() - 2), fits);
}

/// host, host:port, [v6] or [v6]:port
std::string why_not_authority(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))
    return "has no valid port: give one from 1 to 65535, or none";
  const auto host = authority.substr(0, colon);
  if (!is_host_name(host) && !is_bracketed_ipv6(host))
    return "has no valid host: give a DNS name, an IPv4 address, or an IPv6 address in brackets";
  return {};
}

/// The labels of all blocks, text between them passed over as PEM allows; nullopt: a block that
/// does not end, or is no base64 inside.
std::optional<std::vector<std::string_view>> pem_labels(std::string_view pem) {
  std::vector<std::string_view> labels;
  for (auto at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at)) {
    const auto label_at = at + kBegin.size();
    const auto label_end = pem.find(kDashes, label_at);
    if (label_end == std::string_view::npos) return std::nullopt;
    const auto label = pem.substr(label_at, label_end - label_at);
    const auto body_at = label_end + kDashes.size();
    const auto end = std::string(kEnd).append(label).append(kDashes);
    const auto body_end = pem.find(end, body_at);
    if (body_end == std::string_view::npos) return std::nullopt;
    auto body = std::string(pem.substr(body_at, body_end - body_at));
    std::erase_if(body, [](char letter) { return letter == ' ' || letter == '\t'; });
    // Headers (Proc-Type, DEK-Info) are told apart by their label's owner.
    if (!body.contains(':') && !base::base64_decode(body)) return std::nullopt;
    labels.push_back(label);
    at = body_end + end.size();
  }
  return labels;
}

bool is_below(std::string_view path, std::string_view directory) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.remove_suffix(1);
  if (directory.empty() || directory.front() != '/') return false;
  if (directory == "/") return true;
  return path.starts_with(directory) && path.substr(directory.size()).starts_with('/');
}

bool has_odd_parts(std::string_view path) {
  return path.contains("//") || path.contains("/./") || path.contains("/../") ||
         path.ends_with("/") || path.ends_with("/.") || path.ends_with("/..");
}

}  // namespace

std::string why_not_server(std::string_view url) {
  if (url.empty()) return "required: give https://HOST[:PORT]";
  if (!url.starts_with(kScheme)) return "must be an https:// URL";
  if (!std::ranges::all_of(url, is_visible)) return "must be one URL without blanks";
  if (url.contains('@')) return "must not carry user information: give only https://HOST[:PORT]";
  if (url.contains('?') || url.contains('#'))
    return "must not carry a query or a fragment: give only https://HOST[:PORT][/PREFIX]";
  const auto rest = url.substr(kScheme.size());
  return why_not_authority(rest.substr(0, rest.find('/')));
}

std::string why_not_tls_server_name(std::string_view name) {
  if (is_host_name(name) || is_bracketed_ipv6("[" + std::string(name) + "]")) return {};
  return "must be a DNS name or an IP address, without a port";
}

std::string why_not_token(std::string_view token) {
  if (!std::ranges::all_of(token, is_visible))
    return "must be one word: remove blanks and line breaks";
  return {};
}

std::string why_not_certificates(std::string_view pem) {
  const auto labels = pem_labels(pem);
  if (!labels) return "is broken PEM: encode the whole file, from BEGIN to END";
  if (labels->empty()) return "is no PEM: give base64 of -----BEGIN CERTIFICATE----- blocks";
  const auto is_certificate = [](std::string_view label) { return label == "CERTIFICATE"; };
  if (!std::ranges::all_of(*labels, is_certificate))
    return "must hold certificates only: remove every other PEM block";
  return {};
}

std::string why_not_private_key(std::string_view pem) {
  const auto labels = pem_labels(pem);
  if (!labels) return "is broken PEM: encode the whole file, from BEGIN to END";
  const auto is_key = [](std::string_view label) { return label.ends_with("PRIVATE KEY"); };
  const auto key = std::ranges::find_if(*labels, is_key);
  if (key == labels->end()) return "is no PEM: give base64 of a -----BEGIN PRIVATE KEY----- block";
  if (*key == "ENCRYPTED PRIVATE KEY" || pem.contains("Proc-Type: 4,ENCRYPTED"))
    return "is encrypted: give the key without a pass phrase";
  return {};
}

std::string why_not_file(std::string_view path, const KubeconfigPolicy& files) {
  if (files.allowed_directories.empty())
    return "names a file, which is not allowed here: give the content itself (the -data field, or "
           "token)";
  if (!path.starts_with('/')) return "must be an absolute path";
  if (has_odd_parts(path) || !std::ranges::all_of(path, [](char c) { return c >= ' '; }))
    return "must be a plain path without '.', '..' and doubled slashes";
  const auto allowed = [&](std::string_view directory) { return is_below(path, directory); };
  if (std::ranges::any_of(files.allowed_directories, allowed)) return {};
  return "names a file outside of the allowed directories: give one below " +
         files.allowed_directories.front();
}

}  // namespace kube
