#include "exec/user.h"

#include "sys/file.h"

#include <charconv>
#include <optional>

namespace banger {

namespace {

/** The colon-separated fields of one line. */
std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos)
      return fields;
    line.remove_prefix(end + 1);
  }
}

/** A uid or gid. The highest one is no id: it means "no change" to the kernel. */
std::optional<uint32_t> parse_id(std::string_view text) {
  uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id == UINT32_MAX)
    return std::nullopt;
  return id;
}

/** Calls `visit` with the fields of each line that has at least `count` of them, until it returns true. */
template <class Visit> bool find_line(std::string_view text, size_t count, Visit visit) {
  for (const std::string_view line : fields_of(text, '\n')) {
    const auto fields = fields_of(line, ':');
    if (fields.size() >= count && visit(fields))
      return true;
  }
  return false;
}

bool lists(std::string_view members, std::string_view name) {
  for (const std::string_view member : fields_of(members, ',')) {
    if (member == name)
      return true;
  }
  return false;
}

bool fill_from_passwd(const Accounts& accounts, std::string_view name, std::optional<uint32_t> by_uid,
                      User& user) {
  return find_line(accounts.passwd, 7, [&](const std::vector<std::string_view>& fields) {
    const auto uid = parse_id(fields[2]);
    const auto gid = parse_id(fields[3]);
    if (!uid || !gid || (by_uid ? *uid != *by_uid : fields[0] != name))
      return false;
    user.uid = *uid;
    user.gid = *gid;
    user.name = fields[0];
    user.home = fields[5];
    user.shell = fields[6];
    return true;
  });
}

std::optional<gid_t> find_group(const Accounts& accounts, std::string_view name) {
  std::optional<gid_t> gid;
  find_line(accounts.group, 3, [&](const std::vector<std::string_view>& fields) {
    if (fields[0] == name)
      gid = parse_id(fields[2]);
    return gid.has_value();
  });
  return gid ? gid : parse_id(name);
}

std::vector<gid_t> groups_of(const Accounts& accounts, std::string_view name) {
  std::vector<gid_t> groups;
  find_line(accounts.group, 4, [&](const std::vector<std::string_view>& fields) {
    const auto gid = parse_id(fields[2]);
    if (gid && lists(fields[3], name))
      groups.push_back(*gid);
    return false;
  });
  return groups;
}

} // namespace

Accounts Accounts::of_this_system() {
  Accounts accounts;
  if (auto text = read_file("/etc/passwd", 16 << 20))
    accounts.passwd = *text;
  if (auto text = read_file("/etc/group", 16 << 20))
    accounts.group = *text;
  return accounts;
}

Result<User> find_user(const Accounts& accounts, std::string_view spec) {
  const size_t colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  User user;
  const auto number = parse_id(name);
  // A name of digits only is looked up as a name first, as Docker does.
  if (!fill_from_passwd(accounts, name, std::nullopt, user) &&
      !(number && fill_from_passwd(accounts, name, number, user))) {
    // An image without /etc/passwd has a root all the same.
    if (!number && name != "root")
      return Error{0, "no user " + std::string(name) + " in the guest's /etc/passwd"};
    user.uid = number.value_or(0);
    user.gid = 0;
    user.name = user.uid == 0 ? "root" : std::string(name);
    user.home = user.uid == 0 ? "/root" : "/";
  }
  if (user.shell.empty())
    user.shell = "/bin/sh";
  if (user.home.empty())
    user.home = "/";
  if (colon == std::string_view::npos) {
    user.groups = groups_of(accounts, user.name);
    return user;
  }
  const std::string_view group = spec.substr(colon + 1);
  const auto gid = find_group(accounts, group);
  if (!gid)
    return Error{0, "no group " + std::string(group) + " in the guest's /etc/group"};
  user.gid = *gid;
  return user;
}

} // namespace banger
