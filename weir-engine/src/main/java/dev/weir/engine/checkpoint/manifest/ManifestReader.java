package dev.weir.engine.checkpoint.manifest;

import dev.weir.engine.checkpoint.manifest.OperatorPart.SubtaskPart;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads manifests of every version so far. It trusts nothing: what it allocates is bounded by the bytes that are there,
 * and every number is checked before it is used.
 */
public final class ManifestReader {
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final BoundedInput in;
    private List<StoredFile> files = List.of();

    private ManifestReader(BoundedInput in) {
        this.in = in;
    }

    /** Whether a file that starts so is a manifest, or was meant to be one. */
    public static boolean isManifest(byte[] start) {
        return start.length >= Long.BYTES && new BoundedInput("", start).peekLong() == Manifest.MAGIC;
    }

    /**
     * Reads a manifest.
     *
     * @param name of the file, for messages
     * @param bytes all of the file
     * @throws CorruptManifestException if this is no manifest, one of a later version, truncated or damaged
     */
    public static Manifest read(String name, byte[] bytes) throws CorruptManifestException {
        BoundedInput in = new BoundedInput(name, bytes);
        if (!isManifest(bytes)) {
            throw in.corrupt("it does not start with WEIRCKPT");
        }
        in.int64();
        int version = in.int32();
        if (version < 1 || version > Manifest.VERSION) {
            throw in.corrupt("version=" + version + " > newest that this Weir reads=" + Manifest.VERSION
                    + ", use the Weir that wrote it or a later one");
        }
        in.endAtChecksum(HEADER);
        return new ManifestReader(in).manifest();
    }

    private Manifest manifest() throws CorruptManifestException {
        Id job = id();
        String key = in.text();
        long checkpoint = in.atLeast("checkpoint id", 0, in.int64());
        long triggered = in.int64();
        Manifest.Kind kind = in.choice("kind of checkpoint", Manifest.Kind.values());
        List<Manifest.MasterPart> masters = list(12, this::master);
        files = list(14, this::file);
        List<OperatorPart> operators = list(32, this::operator);
        Set<Id> seen = new HashSet<>();
        for (OperatorPart operator : operators) {
            if (!seen.add(operator.id())) {
                throw in.corrupt("operator " + operator.id() + " is there twice");
            }
        }
        in.end();
        return new Manifest(job, key, checkpoint, triggered, kind, masters, files, operators);
    }

    private Manifest.MasterPart master() throws CorruptManifestException {
        return new Manifest.MasterPart(in.text(), in.int32(), in.blob());
    }

    private StoredFile file() throws CorruptManifestException {
        StoredFile.Scope scope = in.choice("scope of a file", StoredFile.Scope.values());
        String name = in.text();
        // A name with a path in it could point to somebody else's file, which a later drop would delete.
        if (scope == StoredFile.Scope.ABSOLUTE ? name.indexOf(':') < 1 : !isPlain(name)) {
            throw in.corrupt("a file with scope " + scope + " is called '" + name + "'");
        }
        long length = in.atLeast("length of a file", 0, in.int64());
        OptionalInt crc = in.flag() ? OptionalInt.of(in.int32()) : OptionalInt.empty();
        return new StoredFile(scope, name, length, crc);
    }

    private static boolean isPlain(String name) {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0;
    }

    private OperatorPart operator() throws CorruptManifestException {
        Id id = id();
        String name = optionalText();
        String uid = optionalText();
        int parallelism = (int) in.atLeast("parallelism", 1, in.int32());
        int maxParallelism = (int) in.atLeast("maxParallelism", parallelism, in.int32());
        boolean finished = in.flag();
        Optional<Location.Inline> coordinator = in.flag() ? Optional.of(inline()) : Optional.empty();
        List<SubtaskPart> subtasks = list(9, this::subtask);
        int before = -1;
        for (SubtaskPart subtask : subtasks) {
            in.atLeast("index of a subtask", before + 1, subtask.index());
            in.atMost("index of a subtask", parallelism - 1, subtask.index());
            before = subtask.index();
        }
        if (finished && (coordinator.isPresent() || !subtasks.isEmpty())) {
            throw in.corrupt("operator " + id + " has finished and has state");
        }
        return new OperatorPart(id, name, uid, parallelism, maxParallelism, finished, coordinator, subtasks);
    }

    private SubtaskPart subtask() throws CorruptManifestException {
        int index = in.int32();
        boolean finished = in.flag();
        List<StatePart> parts = list(14, this::part);
        if (finished && !parts.isEmpty()) {
            throw in.corrupt("subtask " + index + " has finished and has state");
        }
        return new SubtaskPart(index, finished, parts);
    }

    private StatePart part() throws CorruptManifestException {
        StateKind kind = in.choice("kind of state", StateKind.values());
        Location location = location();
        StatePart.Index index =
                switch (kind) {
                    case MANAGED_KEYED, RAW_KEYED -> keyGroups(location);
                    case MANAGED_OPERATOR, RAW_OPERATOR -> new StatePart.NamedLists(list(9, () -> namedList(location)));
                    case INPUT_CHANNEL, OUTPUT_CHANNEL -> channel(location);
                    case KEYED_DATABASE -> database();
                };
        return new StatePart(kind, location, index);
    }

    private Location location() throws CorruptManifestException {
        return in.choice("location", false, true) ? range() : inline();
    }

    private Location range() throws CorruptManifestException {
        int number = in.int32();
        in.atLeast("number of a file", 0, number);
        in.atMost("number of a file", files.size() - 1, number);
        long fileLength = files.get(number).length();
        long offset = in.atLeast("offset in a file", 0, in.int64());
        long length = in.atLeast("length in a file", 0, in.int64());
        in.atMost("offset in a file", fileLength, offset);
        in.atMost("length in a file", fileLength - offset, length);
        return new Location.InFile(number, offset, length);
    }

    private Location.Inline inline() throws CorruptManifestException {
        return new Location.Inline(in.text(), in.blob());
    }

    private StatePart.KeyGroups keyGroups(Location location) throws CorruptManifestException {
        String id = in.text();
        boolean canonical = in.flag();
        int first = (int) in.atLeast("first key group", 0, in.int32());
        long[] offsets = offsets(location);
        in.atMost("first key group", Integer.MAX_VALUE - offsets.length, first);
        return new StatePart.KeyGroups(id, canonical, first, offsets);
    }

    private StatePart.Database database() throws CorruptManifestException {
        String id = in.text();
        Id database = id();
        long checkpoint = in.atLeast("checkpoint of a database", 0, in.int64());
        int first = (int) in.atLeast("first key group", 0, in.int32());
        int count = (int) in.atLeast("number of key groups", 1, in.int32());
        in.atMost("first key group", Integer.MAX_VALUE - count, first);
        long written = in.atLeast("bytes written", 0, in.int64());
        return new StatePart.Database(id, database, checkpoint, first, count, written, list(14, this::databaseFile));
    }

    private StatePart.DatabaseFile databaseFile() throws CorruptManifestException {
        String name = in.text();
        // it becomes the name of a file in a directory of ours
        if (!isPlain(name)) {
            throw in.corrupt("a file of a database is called '" + name + "'");
        }
        return new StatePart.DatabaseFile(name, in.flag(), location());
    }

    private StatePart.NamedList namedList(Location location) throws CorruptManifestException {
        return new StatePart.NamedList(
                in.text(), in.choice("distribution", StatePart.Distribution.values()), offsets(location));
    }

    private StatePart.Channel channel(Location location) throws CorruptManifestException {
        int subtask = (int) in.atLeast("subtask of a channel", 0, in.int32());
        int edge = (int) in.atLeast("edge of a channel", 0, in.int32());
        int channel = (int) in.atLeast("number of a channel", 0, in.int32());
        long size = in.atLeast("size of a channel", 0, in.int64());
        in.atMost("size of a channel", location.length(), size);
        return new StatePart.Channel(subtask, edge, channel, size, offsets(location));
    }

    private long[] offsets(Location location) throws CorruptManifestException {
        long[] offsets = in.longs();
        for (long offset : offsets) {
            in.atMost("offset of state", location.length(), offset);
        }
        return offsets;
    }

    private Id id() throws CorruptManifestException {
        return new Id(in.int64(), in.int64());
    }

    private @Nullable String optionalText() throws CorruptManifestException {
        return in.flag() ? in.text() : null;
    }

    private interface Element<T> {
        T read() throws CorruptManifestException;
    }

    private <T> List<T> list(int elementBytesMin, Element<T> element) throws CorruptManifestException {
        int count = in.count(elementBytesMin);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(element.read());
        }
        return list;
    }
}
