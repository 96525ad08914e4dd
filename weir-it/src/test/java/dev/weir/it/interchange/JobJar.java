package dev.weir.it.interchange;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Jars of compiled packages. */
final class JobJar {
    private JobJar() {}

    /** Packs all classes of the package that a class of this test tree is in. */
    static Path of(Path jar, Class<?> member) throws IOException, URISyntaxException {
        Path classes = Path.of(
                member.getProtectionDomain().getCodeSource().getLocation().toURI());
        return of(jar, classes, member.getPackageName());
    }

    /** Packs all classes of a package below a directory. */
    static Path of(Path jar, Path classes, String packageName) throws IOException {
        String folder = packageName.replace('.', '/');
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                var files = Files.list(classes.resolve(folder))) {
            for (Path file : files.toList()) {
                out.putNextEntry(new JarEntry(folder + "/" + file.getFileName()));
                out.write(Files.readAllBytes(file));
                out.closeEntry();
            }
        }
        return jar;
    }
}
