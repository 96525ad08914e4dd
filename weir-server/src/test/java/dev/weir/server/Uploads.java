package dev.weir.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.example.CountsOn;

/** Jars of the example programs, and how a browser sends them. */
final class Uploads {
    static final String TYPE = "Content-Type: multipart/form-data; boundary=x";

    private Uploads() {}

    /** Of a server that takes small ones from who shows the token. */
    static Configuration accepted(String token, Path directory) {
        return new Configuration()
                .set(WebOptions.SUBMIT_ENABLE, true)
                .set(ServerOptions.TOKEN, token)
                .set(WebOptions.TMP_DIR, directory.resolve("tmp").toString())
                .set(RestOptions.SERVER_MAX_CONTENT_LENGTH, 300_000);
    }

    /** Text of one character for each byte. */
    static String jar() throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, CountsOn.class.getName());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Path classes = Path.of(CountsOn.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve("org/example");
        try (JarOutputStream out = new JarOutputStream(bytes, manifest);
                var files = Files.list(classes)) {
            for (Path file : files.toList()) {
                out.putNextEntry(new ZipEntry("org/example/" + file.getFileName()));
                out.write(Files.readAllBytes(file));
            }
        }
        return bytes.toString(ISO_8859_1);
    }

    static String body(String name, String content) {
        return "--x\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"" + name
                + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n" + content + "\r\n--x--\r\n";
    }

    static Path file(Path directory) throws Exception {
        return Files.write(directory.resolve("counts.jar"), jar().getBytes(ISO_8859_1));
    }

    /** Uploads the jar and gives its id. */
    static String upload(Http http, String... headers) throws Exception {
        Http.Answer answer = http.send("POST", "/flink/jars/upload", body("counts.jar", jar()), with(TYPE, headers));
        if (answer.status() != 200) {
            throw new IOException(answer.status() + " " + answer.body());
        }
        return String.valueOf(Path.of(answer.json().get("filename").asText()).getFileName());
    }

    static String[] with(String header, String... headers) {
        String[] all = Arrays.copyOf(headers, headers.length + 1);
        all[headers.length] = header;
        return all;
    }
}
