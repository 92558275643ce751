#include "simulator/store/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "simulator/model/host_shape.h"
#include "simulator/model/mig_mode.h"
#include "simulator/store/file.h"
#include "simulator/store/lock.h"
#include "simulator/store/soundness.h"

namespace migsim {
namespace {

// Opening holds the lock of the file for milliseconds.
constexpr unsigned kLockTimeoutMs = 5000;

Store* map_memory(int flags, int file) {
  void* memory = mmap(nullptr, sizeof(Store), PROT_READ | PROT_WRITE, flags, file, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Store*>(memory);
}

// `store` is all zero bytes, which is a valid start for what is not set here.
void build(Store& store, const MachineSpec& spec) {
  StoreHeader& header = store.header;
  std::memcpy(header.magic, kStoreMagic, sizeof kStoreMagic);
  header.layout = kStoreLayout;
  header.gpu_count = static_cast<std::uint32_t>(spec.gpu_count);
  header.size = sizeof(Store);
  header.tables = tables_hash();
  header.seed = spec.seed;
  header.driver = spec.driver;
  header.host_shape = spec.host_shape.value_or(default_host_shape(spec.gpu_count));
  header.rules = spec.rules;
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    store.gpus[i].copies[0] = new_gpu(spec.gpus[i]);
  }
  store.controls.copies[0].privileges = spec.privileges;
  store.controls.copies[0].reset_policy = spec.reset_policy;
  make_locks(store);
}

bool lock_is_of(const StoreHeader& header, const struct stat& file, const std::string& boot) {
  return header.file_device == file.st_dev && header.file_inode == file.st_ino &&
         boot.substr(0, kBootIdSize - 1) ==
             std::string_view(header.boot_id, strnlen(header.boot_id, kBootIdSize));
}

// A lock that was held when the host went down, or when the file was copied, would never be
// released.
void adopt_lock(Store& store, const struct stat& file, const std::string& boot) {
  StoreHeader& header = store.header;
  if (lock_is_of(header, file, boot)) return;
  make_locks(store);
  header.file_device = file.st_dev;
  header.file_inode = file.st_ino;
  std::memset(header.boot_id, 0, sizeof header.boot_id);
  boot.copy(header.boot_id, kBootIdSize - 1);
}

std::string unique_name_beside(const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  return path + "." + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".new";
}

// By which a file without a name can be given one, where /proc is there.
std::string descriptor_path(int number) { return "/proc/self/fd/" + std::to_string(number); }

// Why there is nothing to look at, where stat has failed.
std::string why_unreachable(const std::string& path) {
  const std::string error = system_error("cannot open", path);
  struct stat link = {};
  const bool dangling = lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
  return dangling ? error + " (it is a link that leads nowhere)" : error;
}

// A process that may read a file can hold its lock, and keep everybody from opening it. So users
// that may not write to a store may not read it either; the umask says which these are.
void keep_readers_out(const FileDescriptor& file) {
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return;
  mode_t mode = S_IRUSR | S_IWUSR;
  if ((status.st_mode & S_IWGRP) != 0) mode |= S_IRGRP | S_IWGRP;
  if ((status.st_mode & S_IWOTH) != 0) mode |= S_IROTH | S_IWOTH;
  fchmod(file.number(), mode);
}

Mapping map_file(const FileDescriptor& file, const std::string& path) {
  Store* store = map_memory(MAP_SHARED, file.number());
  if (store == nullptr) return {nullptr, system_error("cannot map", path)};
  return {store, {}};
}

}  // namespace

void make_locks(Store& store) {
  make_lock(store.mutex);
  make_driver_locks(store.driver_locks);
}

Mapping map_private(const MachineSpec& spec) {
  Store* store = map_memory(MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (store == nullptr) return {nullptr, "no memory for a simulated machine"};
  build(*store, spec);
  return {store, {}};
}

NewFile::NewFile(const std::string& path) : path_(path) {}

NewFile::~NewFile() {
  if (!name_.empty()) unlink(name_.c_str());
}

int NewFile::make() {
  constexpr mode_t kMode = 0666;
  const std::string folder = path_.substr(0, path_.find_last_of('/') + 1);
  const int unnamed =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, kMode);
  if (unnamed >= 0 && access(descriptor_path(unnamed).c_str(), F_OK) == 0) return unnamed;
  if (unnamed >= 0) close(unnamed);
  name_ = unique_name_beside(path_);
  return ::open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
}

Mapping NewFile::map(const MachineSpec& spec) {
  const FileDescriptor& file = file_.emplace(make());
  if (!file.open()) return {nullptr, system_error("cannot create", name_)};
  keep_readers_out(file);
  if (!reserve(file, sizeof(Store))) return {nullptr, system_error("cannot create", path_)};
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return {nullptr, system_error("cannot create", path_)};
  Mapping mapping = map_file(file, path_);
  if (mapping.store == nullptr) return mapping;
  build(*mapping.store, spec);
  adopt_lock(*mapping.store, status, boot_id());
  return mapping;
}

std::string NewFile::publish() {
  // Unlike a rename, a link never replaces a machine that another process has just made.
  const std::string made = name_.empty() ? descriptor_path(file_->number()) : name_;
  const int flags = name_.empty() ? AT_SYMLINK_FOLLOW : 0;
  if (linkat(AT_FDCWD, made.c_str(), AT_FDCWD, path_.c_str(), flags) == 0) return {};
  if (errno != EEXIST) return system_error("cannot create", path_);
  struct stat status = {};
  if (stat(path_.c_str(), &status) == 0) return "the file " + path_ + " exists already";
  return "the file " + path_ + " exists already, and cannot be read: " + error_text(errno);
}

Mapping map_existing_file(const std::string& path) {
  // Looked at before it is opened: opening a device can have effects of its own.
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return {nullptr, why_unreachable(path)};
  if (!S_ISREG(status.st_mode)) return {nullptr, path + " is not a file: it cannot hold a machine"};
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return {nullptr, system_error("cannot open", path)};
  if (!lock_file(file, kLockTimeoutMs)) {
    if (errno != EWOULDBLOCK) return {nullptr, system_error("cannot lock", path)};
    return {nullptr, "cannot open " + path + ": another program holds the lock of the file"};
  }
  if (fstat(file.number(), &status) != 0) return {nullptr, system_error("cannot open", path)};
  if (!S_ISREG(status.st_mode) || status.st_size != sizeof(Store)) {
    return {nullptr, path + " does not hold a simulated machine of this version"};
  }
  // A copy may have holes, which cannot be filled any more once the disk is full.
  if (!reserve(file, sizeof(Store))) return {nullptr, system_error("cannot open", path)};
  Mapping mapping = map_file(file, path);
  if (mapping.store == nullptr) return mapping;
  mapping.error = why_foreign(mapping.store->header);
  if (mapping.error.empty()) {
    adopt_lock(*mapping.store, status, boot_id());
    mapping.error = why_unsound(*mapping.store);
  }
  if (!mapping.error.empty()) {
    mapping.error = path + " " + mapping.error;
    unmap(mapping.store);
    mapping.store = nullptr;
  }
  return mapping;
}

Store* map_copy(const Store& store) {
  Store* copy = map_memory(MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (copy == nullptr) return nullptr;
  std::memcpy(static_cast<void*>(copy), &store, sizeof(Store));
  make_locks(*copy);
  return copy;
}

void unmap(Store* store) { munmap(store, sizeof(Store)); }

}  // namespace migsim
