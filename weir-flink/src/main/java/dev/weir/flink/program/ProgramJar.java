package dev.weir.flink.program;

import dev.weir.flink.program.ProgramException.Reason;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A program's jar, read once and closed again: the main class that its manifest names, and the jars nested under {@code lib/},
 * unpacked. As it may come from anywhere, no entry name becomes a path and everything read has a limit.
 *
 * @param mainClass {@code program-class}, else {@code Main-Class} of the manifest, else null
 * @param nested copies of the nested jars in the order of the jar, in {@code nestedDirectory}
 * @param nestedDirectory null where there are none; the owner deletes it
 */
record ProgramJar(Path path, @Nullable String mainClass, List<Path> nested, @Nullable Path nestedDirectory) {
    private static final int MANIFEST_BYTES_MAX = 8 << 20;
    private static final int NESTED_JARS_MAX = 10_000;
    private static final long NESTED_BYTES_MAX = 8L << 30;

    static ProgramJar open(Path path) throws ProgramException {
        requireFile(path);
        Path directory = null;
        try (JarFile jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ)) {
            String mainClass = mainClass(jar, path);
            List<JarEntry> libraries = libraries(jar, path);
            if (libraries.isEmpty()) {
                return new ProgramJar(path, mainClass, List.of(), null);
            }
            directory = Files.createTempDirectory("weir-program-");
            List<Path> nested = unpack(jar, path, libraries, directory);
            return new ProgramJar(path, mainClass, nested, directory);
        } catch (IOException | IllegalArgumentException | SecurityException e) {
            delete(directory);
            throw new ProgramException(Reason.NOT_A_JAR, path + " is not a jar file: " + e.getMessage(), e);
        } catch (ProgramException e) {
            delete(directory);
            throw e;
        }
    }

    /** Deletes what was unpacked. */
    void close() {
        delete(nestedDirectory);
    }

    private static void requireFile(Path path) throws ProgramException {
        if (!Files.exists(path)) {
            throw new ProgramException(
                    Reason.NO_SUCH_JAR,
                    "no such jar: " + path + (path.isAbsolute() ? "" : " (in " + new File("").getAbsolutePath() + ")"));
        }
        if (Files.isDirectory(path)) {
            throw new ProgramException(
                    Reason.NOT_A_JAR, path + " is a directory, not a jar file; package the program first");
        }
        if (!Files.isReadable(path)) {
            throw new ProgramException(Reason.NO_SUCH_JAR, path + " cannot be read: permission denied");
        }
    }

    private static @Nullable String mainClass(JarFile jar, Path path) throws IOException, ProgramException {
        JarEntry entry = jar.getJarEntry(JarFile.MANIFEST_NAME);
        if (entry == null) {
            return null;
        }
        byte[] bytes;
        try (InputStream in = jar.getInputStream(entry)) {
            bytes = in.readNBytes(MANIFEST_BYTES_MAX + 1);
        }
        if (bytes.length > MANIFEST_BYTES_MAX) {
            throw new ProgramException(
                    Reason.NOT_A_JAR, path + " has an oversized manifest: manifestBytes > limit=" + MANIFEST_BYTES_MAX);
        }
        Attributes attributes = new Manifest(new ByteArrayInputStream(bytes)).getMainAttributes();
        String name = attributes.getValue("program-class");
        if (name == null) {
            name = attributes.getValue(Attributes.Name.MAIN_CLASS);
        }
        return name == null || name.isBlank() ? null : name.trim();
    }

    private static List<JarEntry> libraries(JarFile jar, Path path) throws ProgramException {
        List<JarEntry> libraries = jar.stream()
                .filter(entry -> entry.getName().length() > "lib/.jar".length()
                        && entry.getName().startsWith("lib/")
                        && entry.getName().endsWith(".jar"))
                .toList();
        if (libraries.size() > NESTED_JARS_MAX) {
            throw new ProgramException(
                    Reason.NOT_A_JAR,
                    path + " nests too many jars: nestedJars=" + libraries.size() + " > limit=" + NESTED_JARS_MAX);
        }
        return libraries;
    }

    private static List<Path> unpack(JarFile jar, Path path, List<JarEntry> libraries, Path directory)
            throws IOException, ProgramException {
        List<Path> unpacked = new ArrayList<>();
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (JarEntry entry : libraries) {
            // names in the jar are its author's: they must not lead anywhere
            Path target = directory.resolve(unpacked.size() + ".jar");
            try (InputStream in = jar.getInputStream(entry);
                    OutputStream out = Files.newOutputStream(target)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    total += n;
                    if (total > NESTED_BYTES_MAX) {
                        throw new ProgramException(
                                Reason.NOT_A_JAR,
                                path + " nests too much: nestedBytes > limit=" + NESTED_BYTES_MAX + " at entry "
                                        + entry.getName());
                    }
                    out.write(buffer, 0, n);
                }
            }
            unpacked.add(target);
        }
        return List.copyOf(unpacked);
    }

    private static void delete(@Nullable Path directory) {
        File[] files = directory == null ? null : directory.toFile().listFiles();
        if (directory == null || files == null) {
            return;
        }
        for (File file : files) {
            file.delete();
        }
        directory.toFile().delete();
    }
}
