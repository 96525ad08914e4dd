package dev.weir.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The classes that ship: those of this build's modules on the class path, be they directories or jars. */
final class OwnCode {
    private static final Pattern MODULE = Pattern.compile(".*/(weir-[a-z]+)/target/(?:classes|\\1-[^/]*\\.jar)/?");
    private static final Pattern BUILT = Pattern.compile(".*/weir-[a-z]+/target/.*");

    private OwnCode() {}

    static List<Path> modules() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry ->
                        MODULE.matcher(entry.replace(File.separatorChar, '/')).matches())
                .map(Path::of)
                .toList();
    }

    static JavaClasses shipped() {
        return new ClassFileImporter()
                .importLocations(modules().stream().map(OwnCode::location).toList());
    }

    private static Location location(Path module) {
        return Location.of(Files.isDirectory(module) ? module.toUri() : URI.create("jar:" + module.toUri() + "!/"));
    }

    /** Classes that this build made and that sit in a package of Flink. */
    static DescribedPredicate<JavaClass> inFlinkPackages() {
        return DescribedPredicate.describe(
                "are ours and reside in a package of Flink",
                type -> type.getPackageName().startsWith("org.apache.flink")
                        && type.getSource()
                                .map(source -> BUILT.matcher(source.getUri().toString())
                                        .matches())
                                .orElse(false));
    }
}
