package dev.weir.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Packs programs into jars. */
final class JarOf {
    private JarOf() {}

    /** A jar of the package's classes, lambdas and nested ones included. */
    static Path examples(Path directory, @Nullable Class<?> mainClass) throws IOException {
        Path classes;
        try {
            classes = Path.of(org.example.Doubles.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolve("org/example");
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        Path jar = directory.resolve("examples.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest(mainClass));
                var files = Files.list(classes)) {
            for (Path file : files.toList()) {
                add(out, "org/example/" + file.getFileName(), Files.readAllBytes(file));
            }
        }
        return jar;
    }

    static Path entries(Path jar, Map<String, byte[]> entries) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest(null))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                add(out, entry.getKey(), entry.getValue());
            }
        }
        return jar;
    }

    /**
     * Compiles all sources and packs the classes of one package: what lies in others is there for the compiler and missing at
     * run time, as what an older Flink had.
     */
    static Path sources(Path directory, String packedPackage, Map<String, String> sources) throws IOException {
        Path out = Files.createDirectories(directory.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, source) -> units.add(
                new SimpleJavaFileObject(
                        URI.create("mem:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                }));
        boolean compiled = compiler.getTask(null, null, null, List.of("-d", out.toString(), "-proc:none"), null, units)
                .call();
        if (!compiled) {
            throw new IOException("sources do not compile");
        }
        Path jar = directory.resolve("compiled.jar");
        Path folder = out.resolve(packedPackage.replace('.', '/'));
        try (JarOutputStream packed = new JarOutputStream(Files.newOutputStream(jar), manifest(null));
                var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                add(packed, packedPackage.replace('.', '/') + "/" + file.getFileName(), Files.readAllBytes(file));
            }
        }
        return jar;
    }

    private static Manifest manifest(@Nullable Class<?> mainClass) {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (mainClass != null) {
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass.getName());
        }
        return manifest;
    }

    private static void add(JarOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new JarEntry(name));
        out.write(bytes);
        out.closeEntry();
    }
}
