package dev.weir.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** Requests written by hand, so that nothing puts their headers right. */
final class Http {
    private final URI server;

    Http(String url) {
        this.server = URI.create(url);
    }

    record Answer(int status, List<String> headers, String body) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(body);
        }

        String header(String name) {
            return headers.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst()
                    .orElse("");
        }
    }

    Answer get(String path, String... headers) throws IOException {
        return send("GET", path, "", headers);
    }

    JsonNode json(String path) throws IOException {
        Answer answer = get(path);
        if (answer.status() != 200) {
            throw new IOException(path + ": " + answer.status() + " " + answer.body());
        }
        return answer.json();
    }

    Answer send(String method, String path, String body, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(headers));
        if (lines.stream().noneMatch(line -> line.startsWith("Host:"))) {
            lines.add("Host: " + server.getHost() + ":" + server.getPort());
        }
        if (!body.isEmpty()) {
            lines.add("Content-Length: " + body.length());
        }
        lines.removeIf(line -> line.equals("Host: -"));
        return raw(method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n"
                + body);
    }

    Answer raw(String request) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(30_000);
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            } catch (SocketException e) {
                // whoever refuses a request has answered and does not read the rest of it
            }
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            List<String> head = answer.substring(0, end).lines().toList();
            return new Answer(
                    Integer.parseInt(head.get(0).split(" ")[1]),
                    head.subList(1, head.size()),
                    answer.substring(end + 4));
        }
    }
}
