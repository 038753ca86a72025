"""The usual broadcast: FastAPI keeps a set of sockets and sends each message to one after the other. Run: python -m … PORT"""

import asyncio
import sys

import uvicorn
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

app = FastAPI()
sockets: set[WebSocket] = set()


@app.websocket("/listen")
async def listen(socket: WebSocket) -> None:
    """Keeps a listener until it goes."""
    await socket.accept()
    sockets.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        sockets.discard(socket)


@app.post("/publish")
async def publish(request: Request) -> dict[str, int]:
    """Sends the body to everybody."""
    text = (await request.body()).decode()
    await asyncio.gather(*(socket.send_text(text) for socket in sockets), return_exceptions=True)
    return {"sent": len(sockets)}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", backlog=4096)
