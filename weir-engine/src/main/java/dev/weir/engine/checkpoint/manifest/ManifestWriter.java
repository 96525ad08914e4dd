package dev.weir.engine.checkpoint.manifest;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes manifests in the current version. Equal manifests give equal bytes. */
public final class ManifestWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    private ManifestWriter() {}

    /** The bytes of the file. */
    public static byte[] write(Manifest manifest) {
        ManifestWriter writer = new ManifestWriter();
        try {
            return writer.file(manifest);
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes all that memory holds", e);
        }
    }

    private byte[] file(Manifest manifest) throws IOException {
        out.writeLong(Manifest.MAGIC);
        out.writeInt(Manifest.VERSION);
        id(manifest.jobId());
        text(manifest.jobKey());
        out.writeLong(manifest.checkpointId());
        out.writeLong(manifest.triggeredMillis());
        code(manifest.kind());
        list(manifest.masters(), this::master);
        list(manifest.files(), this::file);
        list(manifest.operators(), this::operator);
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        out.writeInt((int) crc.getValue());
        return bytes.toByteArray();
    }

    private void master(Manifest.MasterPart master) throws IOException {
        text(master.name());
        out.writeInt(master.version());
        blob(master.bytes());
    }

    private void file(StoredFile file) throws IOException {
        code(file.scope());
        text(file.name());
        out.writeLong(file.length());
        out.writeBoolean(file.crc32c().isPresent());
        if (file.crc32c().isPresent()) {
            out.writeInt(file.crc32c().getAsInt());
        }
    }

    private void operator(OperatorPart operator) throws IOException {
        id(operator.id());
        optionalText(operator.name());
        optionalText(operator.uid());
        out.writeInt(operator.parallelism());
        out.writeInt(operator.maxParallelism());
        out.writeBoolean(operator.finished());
        out.writeBoolean(operator.coordinator().isPresent());
        if (operator.coordinator().isPresent()) {
            inline(operator.coordinator().get());
        }
        list(operator.subtasks(), this::subtask);
    }

    private void subtask(OperatorPart.SubtaskPart subtask) throws IOException {
        out.writeInt(subtask.index());
        out.writeBoolean(subtask.finished());
        list(subtask.parts(), this::part);
    }

    private void part(StatePart part) throws IOException {
        if (!part.kind().index().isInstance(part.index())) {
            throw new IllegalArgumentException(part.kind() + " has no " + part.index());
        }
        code(part.kind());
        location(part.location());
        if (part.index() instanceof StatePart.KeyGroups groups) {
            text(groups.id());
            out.writeBoolean(groups.canonical());
            out.writeInt(groups.first());
            longs(groups.offsets());
        } else if (part.index() instanceof StatePart.NamedLists lists) {
            list(lists.lists(), this::namedList);
        } else if (part.index() instanceof StatePart.Channel channel) {
            out.writeInt(channel.subtask());
            out.writeInt(channel.edge());
            out.writeInt(channel.channel());
            out.writeLong(channel.size());
            longs(channel.offsets());
        } else if (part.index() instanceof StatePart.Database database) {
            text(database.id());
            id(database.database());
            out.writeLong(database.checkpoint());
            out.writeInt(database.first());
            out.writeInt(database.count());
            out.writeLong(database.writtenBytes());
            list(database.files(), this::databaseFile);
        }
    }

    private void location(Location location) throws IOException {
        if (location instanceof Location.InFile range) {
            out.writeByte(1);
            out.writeInt(range.file());
            out.writeLong(range.offset());
            out.writeLong(range.length());
        } else if (location instanceof Location.Inline inline) {
            out.writeByte(0);
            inline(inline);
        }
    }

    private void databaseFile(StatePart.DatabaseFile file) throws IOException {
        text(file.name());
        out.writeBoolean(file.immutable());
        location(file.location());
    }

    private void namedList(StatePart.NamedList list) throws IOException {
        text(list.name());
        code(list.distribution());
        longs(list.offsets());
    }

    private void inline(Location.Inline inline) throws IOException {
        text(inline.name());
        blob(inline.bytes());
    }

    @SuppressWarnings("EnumOrdinal") // the order of these enums is part of the format, and says so there
    private void code(Enum<?> choice) throws IOException {
        out.writeByte(choice.ordinal());
    }

    private void id(Id id) throws IOException {
        out.writeLong(id.first());
        out.writeLong(id.last());
    }

    private void optionalText(@Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            text(text);
        }
    }

    private void text(String text) throws IOException {
        blob(text.getBytes(StandardCharsets.UTF_8));
    }

    private void blob(byte[] blob) throws IOException {
        out.writeInt(blob.length);
        out.write(blob);
    }

    private void longs(long[] longs) throws IOException {
        out.writeInt(longs.length);
        for (long one : longs) {
            out.writeLong(one);
        }
    }

    private interface Element<T> {
        void write(T element) throws IOException;
    }

    private <T> void list(List<T> list, Element<T> element) throws IOException {
        out.writeInt(list.size());
        for (T one : list) {
            element.write(one);
        }
    }
}
